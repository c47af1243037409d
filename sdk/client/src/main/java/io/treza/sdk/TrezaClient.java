package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * A client of the platform's REST API that verifies what it runs. Immutable and thread-safe: build
 * one, keep it, close it at the end.
 *
 * <pre>{@code
 * try (TrezaClient client = TrezaClient.builder().walletAddress(wallet).build()) {
 *   Enclave enclave = client.createEnclave(request);
 *   VerifiedAttestation attested = client.waitUntilAttested(
 *       enclave.id(), Expectation.measurements(release), Duration.ofMinutes(15));
 * }
 * }</pre>
 *
 * <p>Every method may throw any {@link TrezaException} but those that only {@link
 * #waitUntilAttested} names. No request that changes something is ever sent twice.
 */
public final class TrezaClient implements AutoCloseable {
  private static final URI HOSTED = URI.create("https://app.trezalabs.com");
  private static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;
  private static final int NONCE_BYTES = 32;

  private final HttpUrl baseUrl;
  private final Optional<String> walletAddress;
  private final Optional<String> apiKey;
  private final AttestationVerifier verifier;
  private final EvidenceSource evidenceSource;
  private final Duration pollInterval;
  private final Pacing pacing;
  private final SecureRandom random = new SecureRandom();
  private final Http http;

  private TrezaClient(Builder builder) {
    this.baseUrl = Http.url("the base URL", builder.baseUrl);
    this.walletAddress = builder.walletAddress;
    this.apiKey = builder.apiKey;
    this.verifier = builder.verifier.orElseGet(AttestationVerifier::create);
    this.evidenceSource = builder.evidenceSource.orElse(this::platformEvidence);
    this.pollInterval = builder.pollInterval;
    this.pacing = builder.pacing;
    this.http = new Http(builder.connectTimeout, builder.callTimeout, MAX_ANSWER_BYTES);
  }

  /** Starts with the hosted platform, AWS's root and the platform as source of evidence. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Asks for a new enclave. Each call that reaches the platform makes one: after a {@link
   * TrezaException.Timeout} or {@link TrezaException.Network}, look with {@link #getEnclaves}
   * before calling again.
   *
   * @return the record, usually {@link EnclaveStatus#PENDING_DEPLOY}
   */
  public Enclave createEnclave(CreateEnclaveRequest request) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", request.name());
    body.put("description", request.description());
    body.put("region", request.region());
    body.put("walletAddress", wallet());
    body.put("providerId", request.providerId());
    body.put("providerConfig", request.providerConfig());
    return send("POST", api("enclaves").build(), Optional.of(body)).enclave();
  }

  /** The platform's record of an enclave. */
  public Enclave getEnclave(String enclaveId) {
    return get(enclave(enclaveId).build()).enclave();
  }

  /** The platform's records of the wallet's enclaves. */
  public List<Enclave> getEnclaves() {
    return get(api("enclaves").addQueryParameter("wallet", wallet()).build()).enclaves();
  }

  /** Asks to stop a deployed enclave so that it can be resumed. */
  public Enclave pauseEnclave(String enclaveId) {
    return act(enclaveId, "pause");
  }

  /** Asks to start a paused enclave again. */
  public Enclave resumeEnclave(String enclaveId) {
    return act(enclaveId, "resume");
  }

  /** Asks to stop a deployed, paused or failed enclave for good. */
  public Enclave terminateEnclave(String enclaveId) {
    return act(enclaveId, "terminate");
  }

  /** Deletes the record of a destroyed or failed enclave. */
  public void deleteEnclave(String enclaveId) {
    send(
        "DELETE",
        enclave(enclaveId).addQueryParameter("wallet", wallet()).build(),
        Optional.empty());
  }

  /** What the platform says about a deployed enclave's attestation. */
  public AttestationClaim getAttestation(String enclaveId) {
    return get(attestation(enclaveId).build()).attestation();
  }

  /** The platform's own verdict, which proves nothing. */
  public VerificationClaim getVerificationStatus(String enclaveId) {
    return get(attestation(enclaveId).addPathSegment("verify").build()).verification();
  }

  /**
   * Obtains evidence for a fresh nonce of 32 random bytes and verifies it in this process. The
   * platform's verdict is neither asked for nor looked at.
   *
   * @param measurements the accepted releases, from the build that made them
   * @throws AttestationRejectedException if the evidence is refused
   * @throws TrezaException.NoEvidence if there is none
   */
  public VerifiedAttestation verifyAttestation(
      String enclaveId, Expectation.NonceStage measurements) throws AttestationRejectedException {
    return verifyAttestation(enclaveId, measurements, UnaryOperator.identity());
  }

  /**
   * As {@link #verifyAttestation(String, Expectation.NonceStage)}, with more demands.
   *
   * @param more adds to the expectation, for example {@code e -> e.region("eu-west-1")}
   */
  public VerifiedAttestation verifyAttestation(
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more)
      throws AttestationRejectedException {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    Expectation expectation = more.apply(measurements.nonce(nonce)).build();
    return verifier.verifyOrThrow(evidence(enclaveId, nonce), expectation);
  }

  /**
   * Waits until the platform says the enclave is deployed and its evidence verifies.
   *
   * <p>Failures that may pass ({@link TrezaException#isTransient}, a status that changed in
   * between, evidence that nobody signed) are tried again until the deadline. A refusal of
   * genuine evidence is final and thrown at once, for it will not change. A call that has begun
   * may outlast the deadline by its own timeout.
   *
   * @param measurements the accepted releases, from the build that made them
   * @throws AttestationRejectedException if genuine evidence is refused
   * @throws TrezaException.NotRunning if the enclave failed, was paused or is being destroyed
   * @throws TrezaException.DeadlinePassed if the time is over
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public VerifiedAttestation waitUntilAttested(
      String enclaveId, Expectation.NonceStage measurements, Duration timeout)
      throws AttestationRejectedException, InterruptedException {
    return waitUntilAttested(enclaveId, measurements, UnaryOperator.identity(), timeout);
  }

  /**
   * As {@link #waitUntilAttested(String, Expectation.NonceStage, Duration)}, with more demands.
   *
   * @param more adds to the expectation, for example {@code e -> e.region("eu-west-1")}
   */
  public VerifiedAttestation waitUntilAttested(
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more,
      Duration timeout)
      throws AttestationRejectedException, InterruptedException {
    return new Waiting(pacing, pollInterval)
        .until(
            "enclave " + enclaveId + " to be attested",
            timeout,
            () -> ifDeployed(enclaveId, measurements, more));
  }

  private Waiting.Outcome<VerifiedAttestation> ifDeployed(
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more)
      throws AttestationRejectedException {
    Enclave enclave = getEnclave(enclaveId);
    if (enclave.status().equals(EnclaveStatus.DEPLOYED)) {
      return new Waiting.Done<>(verifyAttestation(enclaveId, measurements, more));
    }
    if (enclave.status().mayBecomeDeployed()) {
      return new Waiting.NotYet<>("its status is " + enclave.status());
    }
    throw new TrezaException.NotRunning(enclave);
  }

  private byte[] evidence(String enclaveId, byte[] nonce) {
    try {
      return evidenceSource.evidence(enclaveId, nonce.clone());
    } catch (IOException e) {
      throw new TrezaException.Network(
          "the evidence source for " + enclaveId + " failed: " + e.getMessage(), e);
    }
  }

  private byte[] platformEvidence(String enclaveId, byte[] nonce) {
    HttpUrl url = attestation(enclaveId)
        .addQueryParameter("nonce", HexFormat.of().formatHex(nonce))
        .build();
    return get(url)
        .attestation()
        .document()
        .orElseThrow(() -> new TrezaException.NoEvidence(enclaveId));
  }

  private Enclave act(String enclaveId, String action) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("action", action);
    body.put("walletAddress", wallet());
    return send("PATCH", enclave(enclaveId).build(), Optional.of(body)).enclave();
  }

  private String wallet() {
    return walletAddress.orElseThrow(() -> new IllegalStateException(
        "this call acts for a wallet; build the client with walletAddress"));
  }

  private HttpUrl.Builder api(String resource) {
    return baseUrl.newBuilder().addPathSegment("api").addPathSegment(resource);
  }

  private HttpUrl.Builder enclave(String enclaveId) {
    // Dots as a whole segment would be resolved away, percent-encoded or not (RFC 3986, 5.2.4).
    if (enclaveId.isEmpty() || enclaveId.equals(".") || enclaveId.equals("..")) {
      throw new IllegalArgumentException("not an enclave id: \"" + enclaveId + "\"");
    }
    return api("enclaves").addPathSegment(enclaveId);
  }

  private HttpUrl.Builder attestation(String enclaveId) {
    return enclave(enclaveId).addPathSegment("attestation");
  }

  private Answers get(HttpUrl url) {
    return send("GET", url, Optional.empty());
  }

  private Answers send(String method, HttpUrl url, Optional<Map<String, Object>> body) {
    Request.Builder request = new Request.Builder()
        .url(url)
        .method(method, body.map(json -> Http.sentOnce(Json.bytes(json))).orElse(null))
        .header("Accept", "application/json");
    walletAddress.ifPresent(wallet -> request.header("x-treza-wallet", wallet));
    apiKey.ifPresent(key -> request.header("Authorization", "Bearer " + key));
    Http.Answer answer = http.send(request.build());
    String where = method + " " + url.encodedPath();
    Failures.throwUnless2xx(where, answer);
    return new Answers(where, answer);
  }

  /** Lets go of idle connections. Calls after it may still work. */
  @Override
  public void close() {
    http.close();
  }

  /** The address it talks to; never credentials. */
  @Override
  public String toString() {
    return "TrezaClient[" + baseUrl + "]";
  }

  /** Collects the settings; every one has a default, the wallet's being none. */
  public static final class Builder {
    private static final Pattern VISIBLE_ASCII = Pattern.compile("[!-~]+");

    private URI baseUrl = HOSTED;
    private Optional<String> walletAddress = Optional.empty();
    private Optional<String> apiKey = Optional.empty();
    private Optional<AttestationVerifier> verifier = Optional.empty();
    private Optional<EvidenceSource> evidenceSource = Optional.empty();
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration callTimeout = Duration.ofSeconds(30);
    private Duration pollInterval = Duration.ofSeconds(5);
    private Pacing pacing = Pacing.SYSTEM;

    private Builder() {}

    /** Where the platform is, http or https, without {@code /api}; by default the hosted one. */
    public Builder baseUrl(URI address) {
      this.baseUrl = address;
      return this;
    }

    /** For whom to act; needed to create, list, change and delete. */
    public Builder walletAddress(String address) {
      this.walletAddress = Optional.of(visible("the wallet address", address));
      return this;
    }

    /** Sent as a bearer token, over https or to this machine only; by default none. */
    public Builder apiKey(String key) {
      this.apiKey = Optional.of(visible("the API key", key));
      return this;
    }

    /** What judges evidence; by default {@link AttestationVerifier#create}: AWS's root. */
    public Builder verifier(AttestationVerifier judge) {
      this.verifier = Optional.of(judge);
      return this;
    }

    /**
     * Where evidence comes from; by default the platform, which is asked for a document that
     * carries the nonce. The hosted platform returns none today.
     */
    public Builder evidenceSource(EvidenceSource source) {
      this.evidenceSource = Optional.of(source);
      return this;
    }

    /** How long connecting may take; by default 10 seconds. */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive("connectTimeout", timeout);
      return this;
    }

    /** How long a whole call may take; by default 30 seconds. */
    public Builder callTimeout(Duration timeout) {
      this.callTimeout = positive("callTimeout", timeout);
      return this;
    }

    /** How long to pause between two looks while waiting; by default 5 seconds. */
    public Builder pollInterval(Duration interval) {
      this.pollInterval = positive("pollInterval", interval);
      return this;
    }

    /** How time passes, for tests. */
    Builder pacing(Pacing source) {
      this.pacing = source;
      return this;
    }

    /**
     * The client.
     *
     * @throws IllegalArgumentException if the base URL is not one, or would send the API key in
     *     the clear
     */
    public TrezaClient build() {
      HttpUrl url = Http.url("the base URL", baseUrl);
      if (url.query() != null) {
        throw new IllegalArgumentException("the base URL must have no query: " + baseUrl);
      }
      if (apiKey.isPresent() && !confidential(url)) {
        throw new IllegalArgumentException(
            "the API key would cross the network in the clear; use https for " + baseUrl);
      }
      return new TrezaClient(this);
    }

    private static boolean confidential(HttpUrl url) {
      return url.isHttps()
          || url.host().equals("localhost")
          || url.host().equals("127.0.0.1")
          || url.host().equals("::1");
    }

    private static String visible(String what, String value) {
      if (!VISIBLE_ASCII.matcher(value).matches()) {
        throw new IllegalArgumentException(
            what + " must be visible ASCII characters, at least one");
      }
      return value;
    }

    private static Duration positive(String name, Duration duration) {
      if (duration.isZero() || duration.isNegative()) {
        throw new IllegalArgumentException(name + " must be positive, but is " + duration);
      }
      return duration;
    }
  }
}
