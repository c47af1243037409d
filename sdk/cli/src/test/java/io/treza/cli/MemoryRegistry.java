package io.treza.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A registry that keeps what is put into it, without a list of referrers; open to everybody. */
final class MemoryRegistry implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> content = new ConcurrentHashMap<>();

  MemoryRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  String name() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Puts a manifest there and returns its digest. */
  String image(String manifest) {
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    String digest = digest(bytes);
    content.put("/v2/app/manifests/" + digest, bytes);
    return digest;
  }

  private static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = exchange.getRequestBody().readAllBytes();
    byte[] answer = {};
    int status = 404;
    switch (exchange.getRequestMethod()) {
      case "POST" -> {
        exchange.getResponseHeaders().set("Location", "/v2/app/uploads");
        status = 202;
      }
      case "PUT" -> {
        content.put(path.endsWith("/uploads") ? "/v2/app/blobs/" + digest(body) : path, body);
        status = 201;
      }
      default -> {
        if (content.containsKey(path)) {
          answer = content.getOrDefault(path, answer);
          status = 200;
        }
      }
    }
    exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
    try (exchange) {
      exchange.getResponseBody().write(answer);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
