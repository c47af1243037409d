package io.treza.sdk.attested;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * HTTP to an enclave: a request is sent only on a connection whose TLS key the enclave's own
 * evidence binds, verified in this process. Until then not a byte of it leaves, headers included.
 * Immutable and thread-safe: build one for an enclave, keep it, close it at the end.
 *
 * <pre>{@code
 * try (AttestedHttpClient enclave = AttestedHttpClient.builder(
 *         URI.create("https://enclave.example.com"),
 *         AttestationVerifier.create(),
 *         Expectation.releases(releases))
 *     .evidence(EvidenceProtocol.nitriding())
 *     .build()) {
 *   Response answer = enclave.execute(request);
 * }
 * }</pre>
 *
 * <p>Every connection is judged by its own key, so behind one name there may be several enclaves,
 * and a new one after a deployment. Evidence is asked for with a fresh nonce, once for a key however
 * many requests wait for it, and anew after {@linkplain Builder#reverifyAfter a while}. Certificates
 * need not be signed by anybody: whose key it is, the evidence says.
 *
 * <p>Whatever is refused ends in a {@link PeerNotAttestedException}. Requests to another scheme,
 * host or port are; redirects are handed to the caller and never followed. It is a {@link
 * Call.Factory}, which Retrofit for one takes, and not an {@link OkHttpClient}, from which one could
 * derive another without these checks and whose web sockets pass none.
 */
public final class AttestedHttpClient implements Call.Factory, AutoCloseable {
  private final HttpUrl origin;
  private final AttestedKeys keys;
  private final OkHttpClient client;
  private final boolean ownDispatcher;

  private AttestedHttpClient(Builder builder) {
    this.origin = builder.origin;
    this.keys = new AttestedKeys(builder.clock, builder.reverifyAfter);
    Attestor attestor = new Attestor(
        builder.verifier,
        builder.measurements,
        builder.demands,
        builder.channel.keyBinding(),
        builder.channel.nonceBytes(),
        keys);
    Gate gate = new Gate(origin, attestor, builder.channel);
    OkHttpClient base = builder.base.orElseGet(Builder::defaults);
    OkHttpClient.Builder settings = base.newBuilder()
        // A pool and sessions of its own: no connection is shared with anybody's other identity.
        .connectionPool(new ConnectionPool())
        .connectionSpecs(List.of(ConnectionSpec.RESTRICTED_TLS))
        .followRedirects(false)
        .followSslRedirects(false)
        .cache(null)
        // The last of each kind: nobody behind them changes a request or sees evidence asked for.
        .addInterceptor(gate::beforeConnection)
        .addNetworkInterceptor(gate::onConnection);
    if (!builder.webPki) {
      AnyCertificate any = new AnyCertificate();
      settings.sslSocketFactory(any.sockets(), any).hostnameVerifier((host, session) -> true);
    }
    this.client = settings.build();
    this.ownDispatcher = builder.base.isEmpty();
  }

  /**
   * Starts with evidence from {@code /attestation?nonce=<hex>} on the enclave itself, which has the
   * SHA-256 of its key in {@code user_data}.
   *
   * @param enclave https, host and port
   * @param verifier which roots are trusted, and how old evidence may be
   * @param measurements the accepted releases, from the build that made them; with a {@link
   *     io.treza.attestation.reference.ReferenceValuesSource} they follow what is published
   * @throws IllegalArgumentException if the address is another
   */
  public static Builder builder(
      URI enclave, AttestationVerifier verifier, Expectation.NonceStage measurements) {
    return new Builder(enclave, verifier, measurements);
  }

  /**
   * Prepares a request, to be executed, enqueued or cancelled. Its failure is a {@link
   * PeerNotAttestedException} if it was not sent for want of evidence.
   */
  @Override
  public Call newCall(Request request) {
    return client.newCall(request);
  }

  /**
   * Sends a request and waits for the answer, which the caller closes.
   *
   * @throws PeerNotAttestedException if the peer is not the enclave; nothing was sent
   * @throws IOException if the network fails
   */
  public Response execute(Request request) throws IOException {
    return newCall(request).execute();
  }

  /** What was verified of each key that requests are sent to now; empty before the first request. */
  public List<VerifiedAttestation> attestations() {
    return keys.attestations();
  }

  /** Closes idle connections. A base client's threads are left alone. */
  @Override
  public void close() {
    client.connectionPool().evictAll();
    if (ownDispatcher) {
      client.dispatcher().executorService().shutdown();
    }
  }

  /** The enclave's address. */
  @Override
  public String toString() {
    return "AttestedHttpClient[" + origin + "]";
  }

  /** Collects the settings; every one has a default. */
  public static final class Builder {
    private static final EvidenceProtocol DEFAULT_PROTOCOL =
        EvidenceProtocol.template("/attestation?nonce={nonce}", KeyBinding.SPKI_SHA256);

    private final HttpUrl origin;
    private final AttestationVerifier verifier;
    private final Expectation.NonceStage measurements;
    private UnaryOperator<Expectation.Builder> demands = UnaryOperator.identity();
    private EvidenceChannel channel;
    private Duration reverifyAfter = Duration.ofMinutes(5);
    private InstantSource clock = InstantSource.system();
    private Optional<OkHttpClient> base = Optional.empty();
    private boolean webPki;

    private Builder(
        URI enclave, AttestationVerifier verifier, Expectation.NonceStage measurements) {
      this.origin = origin(enclave);
      this.verifier = verifier;
      this.measurements = measurements;
      this.channel = new EvidenceChannel.SameConnection(origin, DEFAULT_PROTOCOL);
    }

    /**
     * Asks the enclave by this protocol, over the very connection that is to be attested.
     *
     * @throws IllegalArgumentException if the protocol wants an enclave's id
     */
    public Builder evidence(EvidenceProtocol protocol) {
      // Fails here rather than at the first request.
      protocol.address(origin.uri(), "", new byte[protocol.nonceBytes()]);
      this.channel = new EvidenceChannel.SameConnection(origin, protocol);
      return this;
    }

    /**
     * Asks somebody else, for example the platform, for evidence about one enclave.
     *
     * @param enclaveId as the source knows it
     * @param keyBinding how the enclave binds its TLS key
     */
    public Builder evidence(EvidenceSource source, String enclaveId, KeyBinding keyBinding) {
      this.channel = new EvidenceChannel.Elsewhere(source, enclaveId, keyBinding);
      return this;
    }

    /**
     * Makes more demands, for example {@code e -> e.region("eu-west-1")}; the field that binds the
     * key is this client's.
     */
    public Builder demanding(UnaryOperator<Expectation.Builder> more) {
      this.demands = more;
      return this;
    }

    /**
     * How long a key counts as attested, by default 5 minutes: so soon a revoked release is noticed.
     * Requests that have begun are interrupted only if the next evidence on their connection is
     * refused.
     */
    public Builder reverifyAfter(Duration duration) {
      if (duration.isZero() || duration.isNegative()) {
        throw new IllegalArgumentException("reverifyAfter must be positive, but is " + duration);
      }
      this.reverifyAfter = duration;
      return this;
    }

    /** Tells when a key's time is over; by default the system clock. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * Takes time limits, proxies, DNS, threads and interceptors from this client; its pool, cache and
     * TLS settings are not used, and redirects are not followed. Time limits cover the evidence too,
     * but a question to a {@linkplain #evidence(EvidenceSource, String, KeyBinding) source} has that
     * source's own; without this, connecting may take 10 seconds and a call 30.
     */
    public Builder okHttp(OkHttpClient client) {
      this.base = Optional.of(client);
      return this;
    }

    /**
     * Wants the certificate to be valid for the name, too, by the JDK's authorities or those of the
     * {@linkplain #okHttp base client}, whose TLS settings are then used.
     */
    public Builder requireWebPki() {
      this.webPki = true;
      return this;
    }

    /** The client; it connects at the first request. */
    public AttestedHttpClient build() {
      return new AttestedHttpClient(this);
    }

    private static OkHttpClient defaults() {
      return new OkHttpClient.Builder()
          .connectTimeout(Duration.ofSeconds(10))
          .readTimeout(Duration.ofSeconds(30))
          .writeTimeout(Duration.ofSeconds(30))
          .callTimeout(Duration.ofSeconds(30))
          .build();
    }

    private static HttpUrl origin(URI enclave) {
      HttpUrl url = HttpUrl.get(enclave.toString());
      if (!url.isHttps()
          || !url.equals(url.resolve("/"))
          || !url.username().isEmpty()
          || !url.password().isEmpty()) {
        throw new IllegalArgumentException(
            "the enclave's address must be https, host and port, not \"" + enclave + "\"");
      }
      return url;
    }
  }
}
