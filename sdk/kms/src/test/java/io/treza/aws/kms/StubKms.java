package io.treza.aws.kms;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/** Something on the wire where KMS should be, and what it saw. */
final class StubKms implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /** An answer of a status and a body. */
  record Answer(int status, ObjectNode body) {
    static Answer error(int status, String type, String message) {
      return new Answer(
          status, JSON.createObjectNode().put("__type", type).put("message", message));
    }
  }

  final List<ObjectNode> seen = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  private StubKms(BiFunction<String, ObjectNode, Answer> behaviour) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      try (exchange) {
        byte[] body = exchange.getRequestBody().readAllBytes();
        ObjectNode request = (ObjectNode) JSON.readTree(body);
        seen.add(request);
        send(exchange, behaviour.apply(target(exchange), request));
      }
    });
    server.start();
  }

  /** Answers by a function of the operation's name and the request. */
  static StubKms answering(BiFunction<String, ObjectNode, Answer> behaviour) throws IOException {
    return new StubKms(behaviour);
  }

  /** Stands between a client and KMS without TLS, and changes what KMS answers. */
  static StubKms between(URI kms, BiFunction<ObjectNode, ObjectNode, ObjectNode> change)
      throws IOException {
    HttpClient client = HttpClient.newHttpClient();
    return new StubKms((operation, request) -> {
      try {
        HttpResponse<byte[]> answer = client.send(
            HttpRequest.newBuilder(kms)
                .header("X-Amz-Target", "TrentService." + operation)
                .header(
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=Enclave/20260101/us-east-1/kms/aws4_request,"
                        + " SignedHeaders=host, Signature=" + "0".repeat(64))
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(
            answer.statusCode(), change.apply(request, (ObjectNode) JSON.readTree(answer.body())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private static String target(HttpExchange exchange) {
    return exchange.getRequestHeaders().getFirst("X-Amz-Target").replace("TrentService.", "");
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = JSON.writeValueAsBytes(answer.body());
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(answer.status(), body.length);
    exchange.getResponseBody().write(body);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
