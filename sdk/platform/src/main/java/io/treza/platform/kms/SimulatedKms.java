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
import io.treza.platform.internal.kms.TlsAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stand-in for AWS KMS on this machine that demands evidence as KMS does: it verifies attestation
 * documents under a given root, evaluates key policies with {@code kms:RecipientAttestation}, and
 * answers in KMS's wire format, so that AWS's SDKs and command work with it. Thread-safe.
 *
 * <p>It speaks TLS with a certificate of an {@linkplain #authority() authority of its own}, which
 * whoever calls it must be told to believe.
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
  /** What KMS lets a document age, as those say who use it; AWS does not state it. */
  private static final Duration MAX_AGE = Duration.ofMinutes(5);

  private static final int THREADS = 4;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Account account;
  private final Optional<X509Certificate> authority;

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
    Set<String> hosts = builder.hosts();
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port);
    if (builder.insecureHttp) {
      authority = Optional.empty();
      server = HttpServer.create(address, 0);
    } else {
      TlsAuthority tls = builder.directory.isPresent()
          ? TlsAuthority.in(builder.directory.get())
          : TlsAuthority.create();
      HttpsConfigurator configurator = new HttpsConfigurator(tls.serving(hosts));
      HttpsServer https = HttpsServer.create(address, 0);
      https.setHttpsConfigurator(configurator);
      authority = Optional.of(tls.certificate());
      server = https;
    }
    Guard guard = new Guard(hosts);
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

  /** Starts with the root that documents must lead to, for example a backend's. */
  public static Builder builder(TrustAnchor anchor) {
    return new Builder(anchor);
  }

  /** Where it listens: {@code https}, or {@code http} if that was asked for. */
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

  /**
   * Whom to believe its certificate from: a CA that was made for this simulator, and kept in its
   * directory if it has one. Empty without TLS.
   */
  public Optional<X509Certificate> authority() {
    return authority;
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
    private List<String> otherHosts = List.of();
    private boolean insecureHttp;

    private Builder(TrustAnchor anchor) {
      this.anchor = anchor;
    }

    /** The TCP port on loopback; 0, the default, takes any that is free. */
    public Builder port(int number) {
      this.port = number;
      return this;
    }

    /**
     * Keeps keys in a directory, in the clear, and the authority: {@code authority.p12} with its key,
     * for its owner only, and the certificate for others, {@code authority.pem}. In memory unless
     * said. Made if missing.
     */
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

    /**
     * Other names and addresses that it is called by; none unless said. Its certificate is for these,
     * for {@code localhost}, {@code 127.0.0.1}, {@code ::1} and {@code kms.REGION.amazonaws.com}.
     */
    public Builder hosts(List<String> names) {
      this.otherHosts = List.copyOf(names);
      return this;
    }

    /** Serves without TLS, so that whoever is between caller and simulator makes the answers. */
    public Builder insecureHttp() {
      this.insecureHttp = true;
      return this;
    }

    /** As the Host header has them. */
    private Set<String> hosts() {
      Set<String> hosts = new LinkedHashSet<>(
          List.of("localhost", "127.0.0.1", "[::1]", "kms." + region + ".amazonaws.com"));
      otherHosts.forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
      return hosts;
    }

    /**
     * Opens the keys, binds and begins to serve.
     *
     * @throws IOException if the port is taken or the directory cannot be used
     * @throws IllegalArgumentException if account, region or a host is of another form
     */
    public SimulatedKms start() throws IOException {
      return new SimulatedKms(this);
    }
  }
}
