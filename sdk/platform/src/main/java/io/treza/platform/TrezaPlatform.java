package io.treza.platform;

import com.sun.net.httpserver.HttpServer;
import io.treza.attestation.AttestationVerifier;
import io.treza.platform.internal.Api;
import io.treza.platform.internal.Front;
import io.treza.platform.internal.Guard;
import io.treza.platform.internal.KeyRing;
import io.treza.platform.internal.Lifecycle;
import io.treza.platform.internal.Metrics;
import io.treza.platform.internal.Storage;
import io.treza.platform.internal.Traffic;
import io.treza.platform.store.PlatformStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server of the platform's API, over the enclaves of one backend. Thread-safe.
 *
 * <p>Requests, answers, status codes and error texts are the hosted platform's; each deliberate
 * difference and its reason stands in {@code docs/platform-deviations.md}, and {@code GET
 * /openapi.json} describes all there is.
 *
 * <p>Every request but a probe's takes an API key, which reaches one wallet's enclaves, tasks, keys
 * and logs and does what its permissions say. Only requests whose Host is this machine's are
 * served, and none that a page of another origin sends.
 */
public final class TrezaPlatform implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrezaPlatform.class);
  /**
   * So that probes and refusals are answered while all places are taken, also by connections whose
   * request does not arrive: the JDK's server reads headers in these threads.
   */
  private static final int SPARE_THREADS = 256;

  private static final int LAUNCH_THREADS = 2;
  private static final int FINDER_THREADS = 4;
  private static final int SECONDS_TO_LOOK_AGAIN = 30;
  /** Far above what a route takes, and the rest is the client's to take the answer. */
  private static final Duration SLOWEST_ANSWER = Duration.ofMinutes(2);

  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final HttpServer server;
  private final ExecutorService requests;
  private final ExecutorService work;
  private final ExecutorService finders;
  private final Traffic traffic;
  private final Lifecycle lifecycle;
  private final KeyRing keys;
  private final Storage storage;
  private final boolean enclavesGoOn;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TrezaPlatform(Builder builder, Storage storage) throws IOException {
    configureServer(builder.limits.slowestRequest());
    this.storage = storage;
    this.keys = new KeyRing(storage.store(), builder.clock);
    this.enclavesGoOn = storage.kept() && builder.backend.outlivesServer();
    this.server = HttpServer.create(new InetSocketAddress(builder.address, builder.port), 0);
    this.requests = pool(builder.limits.concurrentRequests() + SPARE_THREADS);
    this.work = Executors.newFixedThreadPool(LAUNCH_THREADS, daemons("treza-enclaves-"));
    // Of their own: what waits for an account that does not answer keeps no launch from beginning.
    this.finders = Executors.newFixedThreadPool(FINDER_THREADS, daemons("treza-finders-"));
    Metrics metrics = new Metrics();
    this.traffic = new Traffic(metrics);
    this.lifecycle = new Lifecycle(
        storage.store(),
        builder.backend,
        metrics,
        builder.clock,
        work,
        CompletableFuture.delayedExecutor(SECONDS_TO_LOOK_AGAIN, TimeUnit.SECONDS, finders));
    try {
      lifecycle.recover();
    } catch (IOException | RuntimeException e) {
      server.stop(0);
      work.shutdownNow();
      finders.shutdownNow();
      throw e;
    }
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(builder.backend.trustAnchor())
        .clock(builder.clock)
        .build();
    Api api = new Api(
        lifecycle,
        storage.store(),
        keys,
        verifier,
        builder.limits,
        metrics,
        traffic,
        builder.clock);
    Guard guard = new Guard(builder.hosts);
    server.createContext("/", new Front(guard, keys, api, builder.limits, traffic, builder.clock));
    server.setExecutor(requests);
    server.start();
    LOG.info("Serving {} enclaves on {}", builder.backend.name(), baseUrl());
  }

  /** Starts with loopback, any free port, the usual limits and the system clock. */
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

  /** Whether there is any API key; without one nobody is served. */
  public boolean hasKeys() {
    return !storage.store().apiKeys().all().isEmpty();
  }

  /**
   * Makes an API key that may do everything for a wallet, making further keys included.
   *
   * @param name what its owner will see of it
   * @param wallet whose enclaves, tasks, keys and logs it reaches; for example {@code 0x} and 40 hexadecimal digits
   * @return the key; it is kept nowhere, so nobody can show it again
   * @throws IllegalArgumentException if name or wallet is empty
   */
  public String newKey(String name, String wallet) {
    if (name.isEmpty() || wallet.isEmpty()) {
      throw new IllegalArgumentException("a key has a name and a wallet");
    }
    return keys.mintForEverything(name, wallet);
  }

  /**
   * Lets requests that have come be answered, for ten seconds at most, and refuses others; then
   * stops listening and interrupts what the backend is doing. Enclaves whose backend finds them
   * again, and whose records are kept, go on for the next server to find, and launches that were
   * interrupted are begun again then; all others are terminated. Does nothing the second time.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    drain();
    server.stop(0);
    requests.shutdownNow();
    lifecycle.stop();
    work.shutdownNow();
    finders.shutdownNow();
    try {
      if (!finders.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("A search for an enclave did not stop when interrupted");
      }
      if (!work.awaitTermination(1, TimeUnit.MINUTES)) {
        LOG.warn("A launch did not stop when interrupted; its enclave may be left running");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (enclavesGoOn) {
      lifecycle.detachAll();
    } else {
      lifecycle.terminateAll();
    }
    try {
      storage.close();
    } catch (IOException e) {
      LOG.warn("Temporary files are left behind", e);
    }
  }

  private void drain() {
    try {
      if (!traffic.drain(DRAIN)) {
        LOG.warn("Requests are cut off that took more than {} to answer", DRAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The address. */
  @Override
  public String toString() {
    return "TrezaPlatform[" + baseUrl() + "]";
  }

  /**
   * The JDK's server knows no other way; it reads these when a process makes its first server.
   *
   * <p>Without the second, a client that never takes its answer keeps a thread for good; without the
   * third, an answer's body waits for the acknowledgement of its headers, which a
   * client on a connection that stays open delays by some 40 ms (RFC 1122, 4.2.3.2 and 4.2.3.4).
   */
  private static void configureServer(Duration slowestRequest) {
    setUnlessSet("maxReqTime", Long.toString(slowestRequest.toSeconds()));
    setUnlessSet("maxRspTime", Long.toString(SLOWEST_ANSWER.toSeconds()));
    setUnlessSet("nodelay", "true");
  }

  private static void setUnlessSet(String name, String value) {
    String property = "sun.net.httpserver." + name;
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** Idle threads end, so that those at hand beyond the ordinary cost nothing. */
  private static ExecutorService pool(int most) {
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        most, most, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("treza-http-"));
    pool.allowCoreThreadTimeOut(true);
    return pool;
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
    private int port;
    private Limits limits = Limits.builder().build();
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

    /** What a request, a key, a wallet and all together may take; the defaults unless said. */
    public Builder limits(Limits some) {
      this.limits = some;
      return this;
    }

    /**
     * Listens on another address than loopback, in the clear: put a TLS proxy before it, or
     * keys and answers can be read on the way.
     *
     * @param on the address to bind
     * @param hostNames what callers may use as Host, without port, besides loopback's names
     */
    public Builder exposeBeyondThisMachine(InetAddress on, Set<String> hostNames) {
      this.address = on;
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
     */
    public TrezaPlatform start() throws IOException {
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
