package io.treza.samples.service;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Hands requests to what answers them, by method and path, with bodies of bounded length. */
final class Api implements HttpHandler {
  private static final int MAX_BODY_BYTES = 256 * 1024;

  private final Map<String, Endpoint> endpoints;

  /**
   * Over these.
   *
   * @param endpoints by method and path, as in {@code POST /orders}
   */
  Api(Map<String, Endpoint> endpoints) {
    this.endpoints = Map.copyOf(endpoints);
  }

  /** Answers a request. */
  interface Endpoint {
    /** The answer; an exception is one, too, of status 502: something beyond this enclave failed. */
    Answer answer(Headers headers, byte[] body) throws IOException;
  }

  /** An answer. */
  record Answer(int status, byte[] body) {
    static Answer text(int status, String text) {
      return new Answer(status, (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      exchange.sendResponseHeaders(
          answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
    }
  }

  private Answer answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      return Answer.text(413, "more than " + MAX_BODY_BYTES + " bytes");
    }
    String which = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    Endpoint endpoint = endpoints.get(which);
    if (endpoint == null) {
      return Answer.text(404, "there is no " + which);
    }
    try {
      return endpoint.answer(exchange.getRequestHeaders(), body);
    } catch (IOException e) {
      return Answer.text(502, String.valueOf(e.getMessage()));
    }
  }
}
