package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One request as the routes see it: method, decoded path segments, query and body. */
final class Call {
  private static final int MAX_BODY_BYTES = 1024 * 1024;

  private final HttpExchange exchange;
  private final List<String> segments;

  /**
   * Decodes the path.
   *
   * @throws IllegalArgumentException if it is badly percent-encoded
   */
  Call(HttpExchange exchange) {
    this.exchange = exchange;
    List<String> decoded = new ArrayList<>();
    for (String segment : exchange.getRequestURI().getRawPath().substring(1).split("/", -1)) {
      // A plus is a plus in a path, and a space in a query only.
      decoded.add(decoded(segment.replace("+", "%2B")));
    }
    this.segments = List.copyOf(decoded);
  }

  String method() {
    return exchange.getRequestMethod();
  }

  List<String> segments() {
    return segments;
  }

  /** The first value of a query parameter, if it is there and not empty. */
  Optional<String> query(String name) {
    String query = exchange.getRequestURI().getRawQuery();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&")) {
      String[] parts = pair.split("=", 2);
      if (decoded(parts[0]).equals(name)) {
        return Optional.of(parts.length == 2 ? decoded(parts[1]) : "")
            .filter(value -> !value.isEmpty());
      }
    }
    return Optional.empty();
  }

  /** {@code http://} and the host the caller used. */
  String origin() {
    return "http://" + exchange.getRequestHeaders().getFirst("Host");
  }

  /**
   * The body as a JSON object; an array, a number and so on count as an empty one, as in the
   * original.
   *
   * @throws BadBodyException if it is too long or no JSON
   */
  ObjectNode body() throws IOException, BadBodyException {
    byte[] bytes = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (bytes.length > MAX_BODY_BYTES) {
      throw new BadBodyException(413, "Request body is over " + MAX_BODY_BYTES + " bytes");
    }
    JsonNode node;
    try {
      node = Json.read(bytes);
    } catch (IOException e) {
      throw new BadBodyException(400, "Request body is not JSON");
    }
    if (node == null || node.isMissingNode()) {
      throw new BadBodyException(400, "Request body is not JSON");
    }
    return node instanceof ObjectNode object ? object : Json.object();
  }

  /** The body cannot be used. */
  static final class BadBodyException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String text;

    BadBodyException(int status, String text) {
      super(text);
      this.status = status;
      this.text = text;
    }

    String text() {
      return text;
    }

    int status() {
      return status;
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
