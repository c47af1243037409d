package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.treza.image.TestImage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** A registry on loopback that answers as a test says and notes what it was asked. */
public final class ScriptedServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** One request; what was not sent is empty. */
  record Asked(String method, String uri, String host, String authorization, String body) {}

  /** What to do with the n-th request, from 0, for one path. */
  public interface Answer {
    void to(HttpExchange exchange, int n) throws IOException;
  }

  ScriptedServer() throws IOException {
    this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
  }

  /** One that speaks TLS. */
  public ScriptedServer(SSLContext tls) throws IOException {
    this(httpsServer(tls));
  }

  private static HttpsServer httpsServer(SSLContext tls) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return server;
  }

  private ScriptedServer(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    server.createContext("/", exchange -> {
      String path = exchange.getRequestURI().getPath();
      asked.add(new Asked(
          exchange.getRequestMethod(),
          exchange.getRequestURI().toString(),
          exchange.getRequestHeaders().getFirst("Host"),
          String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
          new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
      int n = counts.computeIfAbsent(path, p -> new AtomicInteger()).getAndIncrement();
      try (exchange) {
        answers.getOrDefault(path, (e, i) -> e.sendResponseHeaders(404, -1)).to(exchange, n);
      }
    });
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  String registry() {
    return "localhost:" + port();
  }

  ScriptedServer on(String path, Answer answer) {
    answers.put(path, answer);
    return this;
  }

  /** Answers with {@code body}. */
  public ScriptedServer on(String path, byte[] body) {
    return on(path, (exchange, n) -> send(exchange, 200, body));
  }

  Answer at(String path) {
    return answers.get(path);
  }

  /** Serves an image as {@code shop/app:1}, or an index of several. */
  public ScriptedServer serve(TestImage... images) {
    Map<String, byte[]> files = TestImage.ociLayout(images);
    files.forEach((name, bytes) -> {
      String digest = TestImage.digest(bytes);
      on(blob(digest), bytes);
      on(manifest(digest), bytes);
    });
    return on(
        manifest("1"),
        images.length == 1 ? images[0].manifest() : files.getOrDefault("index.json", new byte[0]));
  }

  static String blob(String digest) {
    return "/v2/shop/app/blobs/" + digest;
  }

  static String manifest(String tagOrDigest) {
    return "/v2/shop/app/manifests/" + tagOrDigest;
  }

  /** How often this path was asked for. */
  long count(String path) {
    return asked.stream().filter(a -> a.uri().equals(path)).count();
  }

  static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  static void send(HttpExchange exchange, int status, String header, String value)
      throws IOException {
    exchange.getResponseHeaders().set(header, value);
    exchange.sendResponseHeaders(status, -1);
  }

  /** Promises {@code body} and breaks off half-way. */
  static void sendHalf(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body, 0, body.length / 2);
    exchange.getResponseBody().flush();
    throw new IOException("the connection breaks");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
