package io.treza.enclave;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import io.treza.enclave.internal.LimitedThreads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The JDK's HTTPS server with an enclave's identity: TLS ends here, evidence about each connection is
 * answered on it, and the rest is the application's.
 *
 * <pre>{@code
 * AttestedHttpsServer.builder(identity)
 *     .port(8443)
 *     .handle("/orders", exchange -> ..)
 *     .start();
 * }</pre>
 */
public final class AttestedHttpsServer implements AutoCloseable {
  private final HttpsServer server;
  private final LimitedThreads threads;

  private AttestedHttpsServer(HttpsServer server, LimitedThreads threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Starts with any free port of the loopback address, 16 threads, and two minutes for a request.
   */
  public static Builder builder(EnclaveIdentity identity) {
    return new Builder(identity);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Breaks all connections and frees the port. */
  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  /** A handler of the JDK's server that answers for evidence; for a server put together otherwise. */
  public static HttpHandler evidence(EvidenceEndpoint endpoint) {
    return exchange -> {
      try (exchange) {
        answer(endpoint, exchange);
      }
    };
  }

  private static void answer(EvidenceEndpoint endpoint, HttpExchange exchange) throws IOException {
    send(exchange, answerTo(endpoint, exchange));
  }

  private static EvidenceEndpoint.Answer answerTo(
      EvidenceEndpoint endpoint, HttpExchange exchange) {
    // A context is every path that begins with it.
    if (!EvidenceEndpoint.PATHS.contains(exchange.getRequestURI().getRawPath())) {
      return EvidenceEndpoint.Answer.text(404, "no such path", false);
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET");
      // A body, which nobody reads, would be taken for the next request.
      return EvidenceEndpoint.Answer.text(405, "evidence is asked for by GET", true);
    }
    if (!(exchange instanceof HttpsExchange https)) {
      return EvidenceEndpoint.Answer.text(421, "evidence is about a TLS connection", true);
    }
    return endpoint.answer(
        Optional.ofNullable(exchange.getRequestURI().getRawQuery()), https.getSSLSession());
  }

  private static void send(HttpExchange exchange, EvidenceEndpoint.Answer answer)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", answer.contentType());
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (answer.status() == 429 || answer.status() == 503) {
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    if (answer.endsConnection()) {
      exchange.getResponseHeaders().set("Connection", "close");
    }
    byte[] body = answer.body();
    exchange.sendResponseHeaders(answer.status(), body.length);
    exchange.getResponseBody().write(body);
  }

  /** Collects the settings; every one has a default. */
  public static final class Builder {
    private final EnclaveIdentity identity;
    private final Map<String, HttpHandler> handlers = new LinkedHashMap<>();
    private Optional<EvidenceEndpoint> endpoint = Optional.empty();
    private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private int threads = 16;
    private Duration requestTime = Duration.ofMinutes(2);

    private Builder(EnclaveIdentity identity) {
      this.identity = identity;
    }

    /** Listens on this port of the loopback address, to which ingress leads; 0 is any free one. */
    public Builder port(int port) {
      return listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Listens on this address. */
    public Builder listen(InetSocketAddress newAddress) {
      address = newAddress;
      return this;
    }

    /**
     * Has an application's handler answer for all paths that begin with this one, except those that
     * a longer one answers for, and {@link EvidenceEndpoint#PATHS}.
     *
     * @throws IllegalArgumentException if the path does not begin with a slash, or is one of those
     */
    public Builder handle(String path, HttpHandler handler) {
      if (!path.startsWith("/") || EvidenceEndpoint.PATHS.contains(path)) {
        throw new IllegalArgumentException("no path for an application: \"" + path + "\"");
      }
      handlers.put(path, handler);
      return this;
    }

    /** Answers for evidence with other limits. */
    public Builder evidence(EvidenceEndpoint newEndpoint) {
      endpoint = Optional.of(newEndpoint);
      return this;
    }

    /** How many requests are answered at a time; others wait. */
    public Builder threads(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("a server needs a thread, not " + count);
      }
      threads = count;
      return this;
    }

    /**
     * How long a request may take from its first byte, TLS included, to the last of its answer. Then
     * the thread that answers it is interrupted, and with that the connection of a client that sends
     * or reads nothing is broken: clients cannot keep all threads for longer.
     *
     * @throws IllegalArgumentException if it is not over zero
     */
    public Builder requestTime(Duration limit) {
      if (limit.isNegative() || limit.isZero()) {
        throw new IllegalArgumentException("a request takes time, not " + limit);
      }
      requestTime = limit;
      return this;
    }

    /**
     * The server, listening.
     *
     * @throws IOException if the address is taken
     */
    public AttestedHttpsServer start() throws IOException {
      HttpsServer server = HttpsServer.create(address, 0);
      server.setHttpsConfigurator(new HttpsConfigurator(identity.sslContext()));
      handlers.forEach(server::createContext);
      HttpHandler evidence = AttestedHttpsServer.evidence(
          endpoint.orElseGet(() -> EvidenceEndpoint.builder(identity).build()));
      EvidenceEndpoint.PATHS.forEach(path -> server.createContext(path, evidence));
      LimitedThreads executor = new LimitedThreads("attested-https", threads, requestTime);
      server.setExecutor(executor);
      server.start();
      return new AttestedHttpsServer(server, executor);
    }
  }
}
