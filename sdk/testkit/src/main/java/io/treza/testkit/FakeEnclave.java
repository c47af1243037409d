package io.treza.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * An enclave that never was: an HTTPS server on this machine whose evidence, signed by a simulated
 * NSM, binds its TLS key. For tests of programs that talk to enclaves.
 *
 * <p>It answers for evidence in the three common ways, always about the key it serves TLS with, and
 * hands every other request to the workload:
 *
 * <ul>
 *   <li>{@code /attestation?nonce=<hex>}: {@code application/cbor}, the key as {@link Binding} says;
 *   <li>{@code /enclave/attestation?nonce=<40 hex digits>}, as nitriding does: base64 in {@code
 *       text/plain}, {@code user_data} the SHA-256 of the certificate as a multihash, then that of
 *       an application key, zeroes;
 *   <li>{@code /.well-known/attestation}, as Evervault does: JSON, no nonce, {@code user_data} the
 *       SubjectPublicKeyInfo itself.
 * </ul>
 *
 * <p>Thread-safe. Everything it shows says that it is simulated, and verifies only under the root
 * that it was started with.
 */
public final class FakeEnclave implements AutoCloseable {
  /** Where the documents of {@code /attestation} have the TLS key. */
  public enum Binding {
    /** {@code user_data} is the SHA-256 of the SubjectPublicKeyInfo. */
    USER_DATA_SHA256,
    /** {@code user_data} is the SHA-384 of the SubjectPublicKeyInfo. */
    USER_DATA_SHA384,
    /** {@code public_key} is the SubjectPublicKeyInfo. */
    PUBLIC_KEY
  }

  private final Builder settings;
  private final DevelopmentRoot root;
  private final List<ReceivedRequest> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger attestations = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ExecutorService threads;
  private volatile Optional<Fault> fault = Optional.empty();
  private volatile Deployment deployment;

  private FakeEnclave(Builder settings) throws IOException {
    this.settings = settings;
    this.root =
        settings.root.orElseGet(() -> DevelopmentRoot.create(Naming.SIMULATED, settings.clock));
    this.threads = Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "fake-enclave");
      thread.setDaemon(true);
      return thread;
    });
    this.deployment = deploy(settings.image, settings.port);
  }

  /** What a launch makes anew. */
  private record Deployment(String image, HttpServer server) {}

  /** A genuine one with the defaults of {@link #builder}. */
  public static FakeEnclave start() throws IOException {
    return builder().start();
  }

  /** Starts with a new root, any free port and a workload that answers {@code hello}. */
  public static Builder builder() {
    return new Builder();
  }

  /** {@code https://localhost} and the port. */
  public URI address() {
    return URI.create("https://localhost:" + deployment.server().getAddress().getPort());
  }

  /** The certificate that its chain ends in, DER; for a verifier to trust. */
  public byte[] rootCertificate() {
    return root.certificate().der();
  }

  /**
   * What its image measures to, whatever is failing.
   *
   * @param index 0, 1 or 2
   * @return 96 lower-case hex digits
   */
  public String pcr(int index) {
    if (index < 0 || index > 2) {
      throw new IllegalArgumentException("the image is in PCR0, PCR1 and PCR2, not PCR" + index);
    }
    return HexFormat.of().formatHex(FakeEvidence.measurement(deployment.image(), index));
  }

  /** Answers for evidence with this fault from now on. */
  public FakeEnclave failing(Fault newFault) {
    fault = Optional.of(newFault);
    return this;
  }

  /** Answers for evidence without fault from now on. */
  public FakeEnclave genuine() {
    fault = Optional.empty();
    return this;
  }

  /**
   * Replaces the enclave by one of another image at the same address. As after a real launch, its
   * TLS key is new and all connections are broken.
   */
  public void redeploy(String image) throws IOException {
    int port = deployment.server().getAddress().getPort();
    deployment.server().stop(0);
    deployment = deploy(image, port);
  }

  /** The requests that reached the workload, in order; those for evidence did not. */
  public List<ReceivedRequest> received() {
    return List.copyOf(received);
  }

  /** How many times it was asked for evidence. */
  public int attestations() {
    return attestations.get();
  }

  /** Breaks all connections and frees the port. */
  @Override
  public void close() {
    closed.countDown();
    deployment.server().stop(0);
    threads.shutdownNow();
  }

  /** The address, and that it is a fake. */
  @Override
  public String toString() {
    return "FakeEnclave[" + address() + "]";
  }

  private Deployment deploy(String image, int port) throws IOException {
    TlsIdentity tls = TlsIdentity.create(settings.clock.instant());
    FakeEndpoints endpoints =
        new FakeEndpoints(tls, new FakeEvidence(root, settings.clock, image), settings.binding);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
    server.setExecutor(threads);
    server.createContext("/", exchange -> {
      try (exchange) {
        answer(exchange, endpoints);
      }
    });
    server.start();
    return new Deployment(image, server);
  }

  private void answer(HttpExchange exchange, FakeEndpoints endpoints) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (FakeEndpoints.isEvidence(exchange.getRequestURI())) {
      attestations.incrementAndGet();
      Optional<Fault> now = fault;
      if (now.equals(Optional.of(Fault.SILENT))) {
        awaitClose();
      }
      FakeEndpoints.Answer answer = endpoints.answer(exchange.getRequestURI(), now);
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      send(exchange, answer.status(), answer.body());
      return;
    }
    ReceivedRequest request = new ReceivedRequest(
        exchange.getRequestMethod(), exchange.getRequestURI(), exchange.getRequestHeaders(), body);
    received.add(request);
    String answer = settings.workload.apply(request);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    send(exchange, 200, answer.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private void awaitClose() throws IOException {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("closed", e);
    }
  }

  /** Collects the settings; every one has a default. */
  public static final class Builder {
    private Optional<DevelopmentRoot> root = Optional.empty();
    private InstantSource clock = InstantSource.system();
    private String image = "image";
    private int port;
    private Binding binding = Binding.USER_DATA_SHA256;
    private Function<ReceivedRequest, String> workload = request -> "hello";

    private Builder() {}

    /**
     * Names the image: PCR0, PCR1 and PCR2 are computed from the name, so that two enclaves of one
     * image measure the same.
     */
    public Builder image(String name) {
      image = name;
      return this;
    }

    /** Ends its chain in this root, for several enclaves under one; a new root if not set. */
    public Builder root(DevelopmentRoot newRoot) {
      root = Optional.of(newRoot);
      return this;
    }

    /** Dates certificates and documents with this clock; the system's if not set. */
    public Builder clock(InstantSource newClock) {
      clock = newClock;
      return this;
    }

    /** Listens on this port of the loopback address; on any free one if not set. */
    public Builder port(int newPort) {
      port = newPort;
      return this;
    }

    /** Where the documents of {@code /attestation} have the TLS key. */
    public Builder binding(Binding newBinding) {
      binding = newBinding;
      return this;
    }

    /** Answers the requests that are not for evidence, with status 200 and this text. */
    public Builder workload(Function<ReceivedRequest, String> newWorkload) {
      workload = newWorkload;
      return this;
    }

    /**
     * The enclave, listening.
     *
     * @throws IOException if the port is taken
     */
    public FakeEnclave start() throws IOException {
      return new FakeEnclave(this);
    }
  }
}
