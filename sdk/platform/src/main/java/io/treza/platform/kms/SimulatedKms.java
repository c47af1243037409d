package io.treza.platform.kms;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.TrustAnchor;
import io.treza.platform.internal.Guard;
import io.treza.platform.internal.kms.Account;
import io.treza.platform.internal.kms.Keys;
import io.treza.platform.internal.kms.KmsHandler;
import io.treza.platform.internal.kms.Operations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A stand-in for AWS KMS on this machine that demands evidence as KMS does: it verifies attestation
 * documents under a given root, evaluates key policies with {@code kms:RecipientAttestation}, and
 * answers in KMS's wire format, so that AWS's SDKs and command work with it. Thread-safe.
 *
 * <p>It simulates: its keys lie in memory or in files in the clear, signatures of requests are not
 * checked, and an access key is the name of a role ({@code Enclave} is {@code
 * arn:aws:iam::ACCOUNT:role/Enclave}, {@code root} the account). There are no IAM policies, grants
 * and aliases; {@code GenerateRandom}, which acts on no key, anybody may. Request ids, messages and
 * ciphertexts say <i>simulated</i>.
 *
 * <p>It has CreateKey, PutKeyPolicy, GetKeyPolicy, GetPublicKey, Encrypt, Decrypt, GenerateDataKey,
 * GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair, GenerateRandom and DeriveSharedSecret.
 */
public final class SimulatedKms implements AutoCloseable {
  /** What KMS lets a document age (Trail of Bits and others report it; AWS does not state it). */
  private static final Duration MAX_AGE = Duration.ofMinutes(5);

  private static final int THREADS = 4;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Account account;

  private SimulatedKms(Builder builder) throws IOException {
    account = new Account(builder.account, builder.region);
    Keys keys = builder.directory.isPresent()
        ? Keys.in(builder.directory.get(), account)
        : Keys.inMemory(account);
    AttestationVerifier verifier = AttestationVerifier.builder()
        .trustAnchors(builder.anchor)
        .maxAge(MAX_AGE)
        .clock(builder.clock)
        .build();
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port);
    server =
        builder.tls.isPresent() ? https(address, builder.tls.get()) : HttpServer.create(address, 0);
    Guard guard = new Guard(
        Set.of("localhost", "127.0.0.1", "[::1]", "kms." + builder.region + ".amazonaws.com"));
    server.createContext(
        "/", new KmsHandler(guard, new Operations(account, keys, verifier, builder.clock)));
    AtomicInteger count = new AtomicInteger();
    threads = Executors.newFixedThreadPool(THREADS, task -> {
      Thread thread = new Thread(task, "treza-kms-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    });
    server.setExecutor(threads);
    server.start();
  }

  private static HttpServer https(InetSocketAddress address, SSLContext tls) throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return server;
  }

  /** Starts with the root that documents must lead to, for example a backend's. */
  public static Builder builder(TrustAnchor anchor) {
    return new Builder(anchor);
  }

  /** Where it listens: {@code http}, or {@code https} if it has a TLS context. */
  public URI endpoint() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return URI.create((server instanceof HttpsServer ? "https://" : "http://")
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort());
  }

  /** The region that requests must be signed for. */
  public String region() {
    return account.region();
  }

  /** Stops listening; keys in a directory stay there. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** The address. */
  @Override
  public String toString() {
    return "SimulatedKms[" + endpoint() + "]";
  }

  /** Collects the settings; all but the root have defaults. */
  public static final class Builder {
    private final TrustAnchor anchor;
    private int port;
    private Optional<Path> directory = Optional.empty();
    private String account = "000000000000";
    private String region = "us-east-1";
    private InstantSource clock = InstantSource.system();
    private Optional<SSLContext> tls = Optional.empty();

    private Builder(TrustAnchor anchor) {
      this.anchor = anchor;
    }

    /** The TCP port on loopback; 0, the default, takes any that is free. */
    public Builder port(int number) {
      this.port = number;
      return this;
    }

    /** Keeps keys in a directory, in the clear; in memory unless said. Made if missing. */
    public Builder directory(Path path) {
      this.directory = Optional.of(path);
      return this;
    }

    /** Whose keys and roles these are, 12 digits; {@code 000000000000} unless said. */
    public Builder account(String id) {
      this.account = id;
      return this;
    }

    /** The region; {@code us-east-1} unless said. */
    public Builder region(String name) {
      this.region = name;
      return this;
    }

    /** Dates keys and judges documents; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /** Serves TLS with this context's certificate; in the clear unless said. */
    public Builder tls(SSLContext context) {
      this.tls = Optional.of(context);
      return this;
    }

    /**
     * Opens the keys, binds and begins to serve.
     *
     * @throws IOException if the port is taken or the directory cannot be used
     * @throws IllegalArgumentException if account or region is of another form
     */
    public SimulatedKms start() throws IOException {
      return new SimulatedKms(this);
    }
  }
}
