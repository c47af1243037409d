package io.treza.sdk.reference;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** A web server on loopback that answers as a test says and notes what it was asked. */
final class WebServer implements AutoCloseable {
  private final HttpServer server;
  private final String scheme;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Headers> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  WebServer() throws IOException {
    this(Optional.empty());
  }

  WebServer(Optional<SSLContext> tls) throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    scheme = tls.isPresent() ? "https" : "http";
    if (tls.isPresent()) {
      HttpsServer https = HttpsServer.create(any, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
      server = https;
    } else {
      server = HttpServer.create(any, 0);
    }
    server.setExecutor(threads);
    server.createContext("/", exchange -> {
      Headers headers = new Headers();
      headers.putAll(exchange.getRequestHeaders());
      asked.add(headers);
      try (exchange) {
        answers
            .getOrDefault(exchange.getRequestURI().getPath(), e -> send(e, 404, new byte[0]))
            .to(exchange);
      }
    });
    server.start();
  }

  URI address(String path) {
    return URI.create(scheme + "://localhost:" + server.getAddress().getPort() + path);
  }

  void on(String path, Answer answer) {
    answers.put(path, answer);
  }

  /** A header of every request so far; empty where it was not sent. */
  List<String> asked(String header) {
    return asked.stream()
        .map(h -> Optional.ofNullable(h.getFirst(header)).orElse(""))
        .toList();
  }

  int count() {
    return asked.size();
  }

  /** Holds an answer up until the test is over. */
  void awaitClose() throws IOException {
    try {
      closed.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  static void redirect(HttpExchange exchange, String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    exchange.sendResponseHeaders(302, -1);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
