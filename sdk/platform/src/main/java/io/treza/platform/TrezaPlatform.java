package io.treza.platform;

import com.sun.net.httpserver.HttpServer;
import io.treza.attestation.AttestationVerifier;
import io.treza.platform.internal.Api;
import io.treza.platform.internal.AttestationApi;
import io.treza.platform.internal.Guard;
import io.treza.platform.internal.Lifecycle;
import io.treza.platform.internal.Storage;
import io.treza.platform.store.PlatformStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server of the platform's enclave API: create, get, list, pause, resume, terminate,
 * delete, attestation, PCRs and providers, over the enclaves of one backend. Thread-safe.
 *
 * <p>Requests, answers, status codes and error texts are the hosted platform's, with these
 * differences, each on purpose:
 *
 * <ul>
 *   <li>{@code GET …/attestation?nonce=<hex>} adds {@code attestationDocument.document}: base64 of
 *       a document that carries the nonce. A caller chooses the nonce and nothing else in it.
 *   <li>{@code POST …/attestation/verify} verifies. Without {@code attestationDocument} it asks the
 *       enclave for one. A {@code nonce} that is hexadecimal stands for its bytes, any other text
 *       for its UTF-8. {@code GET …/attestation/verify} says in {@code note} that it is a claim.
 *   <li>{@code dockerImage} may be pinned by digest, name a registry's port, or name a file as
 *       {@code docker-archive:}, {@code oci-archive:} or {@code oci:} and a path.
 *   <li>A body that is no JSON, and {@code environmentVariables} that are no string, are 400 and
 *       not 500; {@code …/pcrs} of an unknown enclave is 404.
 *   <li>A GitHub access token is not kept. Environment variables are checked and used by nothing,
 *       as there.
 *   <li>A record cannot be changed ({@code PUT}), and the collection has no {@code DELETE}.
 * </ul>
 *
 * <p>Only requests whose Host is this machine's are served, and none that a page of another origin
 * sends. A wallet address is no secret: whoever may send requests may act for any wallet.
 */
public final class TrezaPlatform implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrezaPlatform.class);
  private static final int HTTP_THREADS = 8;
  private static final int LAUNCH_THREADS = 2;

  private final HttpServer server;
  private final ExecutorService requests;
  private final ExecutorService work;
  private final Lifecycle lifecycle;
  private final Storage storage;
  private final boolean enclavesGoOn;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TrezaPlatform(Builder builder, Storage storage) throws IOException {
    this.storage = storage;
    this.enclavesGoOn = storage.kept() && builder.backend.outlivesServer();
    this.server = HttpServer.create(new InetSocketAddress(builder.address, builder.port), 0);
    this.requests = Executors.newFixedThreadPool(HTTP_THREADS, daemons("treza-http-"));
    this.work = Executors.newFixedThreadPool(LAUNCH_THREADS, daemons("treza-enclaves-"));
    this.lifecycle = new Lifecycle(storage.store(), builder.backend, builder.clock, work);
    lifecycle.recover();
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(builder.backend.trustAnchor())
        .clock(builder.clock)
        .build();
    server.createContext(
        "/",
        new Api(
            new Guard(builder.hosts, builder.bearerToken),
            lifecycle,
            new AttestationApi(verifier, builder.clock),
            builder.clock));
    server.setExecutor(requests);
    server.start();
    LOG.info("Serving {} enclaves on {}", builder.backend.name(), baseUrl());
  }

  /** Starts with loopback, any free port, no token and the system clock. */
  public static Builder builder(EnclaveBackend backend) {
    return new Builder(backend);
  }

  /** Where it listens, for example {@code http://127.0.0.1:43017}. */
  public URI baseUrl() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return URI.create(
        "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
  }

  /**
   * Stops listening and interrupts what is under way. Enclaves whose backend finds them again, and
   * whose records are kept, go on for the next server to find, and launches that were interrupted
   * are begun again then; all others are terminated. Does nothing the second time.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    server.stop(0);
    requests.shutdownNow();
    lifecycle.stop();
    work.shutdownNow();
    try {
      if (!work.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("A launch did not stop when interrupted; its enclave may be left running");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!enclavesGoOn) {
      lifecycle.terminateAll();
    }
    try {
      storage.close();
    } catch (IOException e) {
      LOG.warn("Temporary files are left behind", e);
    }
  }

  /** The address. */
  @Override
  public String toString() {
    return "TrezaPlatform[" + baseUrl() + "]";
  }

  private static ThreadFactory daemons(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  @FunctionalInterface
  private interface Opening {
    Storage open() throws IOException;
  }

  /** Collects the settings; all but the backend have defaults. */
  public static final class Builder {
    private final EnclaveBackend backend;
    private Opening storage = Storage::temporary;
    private InetAddress address = InetAddress.getLoopbackAddress();
    private Set<String> hosts = Set.of("localhost", "127.0.0.1", "[::1]");
    private boolean exposed;
    private int port;
    private Optional<String> bearerToken = Optional.empty();
    private InstantSource clock = InstantSource.system();

    private Builder(EnclaveBackend backend) {
      this.backend = backend;
    }

    /** The TCP port; 0, the default, takes any that is free. */
    public Builder port(int number) {
      this.port = number;
      return this;
    }

    /**
     * Keeps what must outlive this server in a file in a directory, {@code treza.db}, which one
     * server at a time can use. Without this, or {@link #store}, nothing outlives it.
     *
     * @param path made, for its owner only, if missing
     */
    public Builder dataDirectory(Path path) {
      this.storage = () -> Storage.in(path);
      return this;
    }

    /** Keeps it in a store of one's own, which stays open when the platform closes. */
    public Builder store(PlatformStore own) {
      this.storage = () -> Storage.of(own);
      return this;
    }

    /**
     * Demands {@code Authorization: Bearer <token>} of every request; by default nothing.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public Builder bearerToken(String token) {
      if (token.isBlank()) {
        throw new IllegalArgumentException("the bearer token must not be empty");
      }
      this.bearerToken = Optional.of(token);
      return this;
    }

    /**
     * Listens on another address than loopback, in the clear: put a TLS proxy before it. Takes a
     * bearer token.
     *
     * @param on the address to bind
     * @param hostNames what callers may use as Host, without port, besides loopback's names
     */
    public Builder exposeBeyondThisMachine(InetAddress on, Set<String> hostNames) {
      this.address = on;
      this.exposed = true;
      Set<String> all = new HashSet<>(hosts);
      hostNames.forEach(name -> all.add(name.toLowerCase(Locale.ROOT)));
      this.hosts = Set.copyOf(all);
      return this;
    }

    /** Dates records and judges documents; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * Finds the enclaves of an earlier server again, binds and begins to serve.
     *
     * @throws IOException if the address cannot be bound, or the data directory cannot be used, for
     *     example because another server does
     * @throws IllegalStateException if it is exposed without a bearer token
     */
    public TrezaPlatform start() throws IOException {
      if (exposed && bearerToken.isEmpty()) {
        throw new IllegalStateException(
            "without a bearer token anybody could run enclaves here; call bearerToken");
      }
      Storage opened = storage.open();
      try {
        return new TrezaPlatform(this, opened);
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }
}
