package io.treza.sdk;

import io.treza.attestation.AttestationVerifier;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/** Collects the settings of a {@link TrezaClient}; each has a default, but for the wallet. */
public final class TrezaClientBuilder {
  static final String PLATFORM_URL = "TREZA_PLATFORM_URL";
  static final String API_KEY = "TREZA_API_KEY";
  static final String WALLET_ADDRESS = "TREZA_WALLET_ADDRESS";

  private static final URI HOSTED = URI.create("https://app.trezalabs.com");
  private static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;

  private URI baseUrl = HOSTED;
  private Credentials fixed = new Credentials(Optional.empty(), Optional.empty());
  private Optional<Supplier<Credentials>> supplied = Optional.empty();
  private Optional<AttestationVerifier> verifier = Optional.empty();
  private Optional<EvidenceSource> evidenceSource = Optional.empty();
  private Optional<OkHttpClient> httpClient = Optional.empty();
  private Duration connectTimeout = Duration.ofSeconds(10);
  private Duration attemptTimeout = Duration.ofSeconds(30);
  private Duration callTimeout = Duration.ofSeconds(90);
  private Duration pollInterval = Duration.ofSeconds(5);
  private RetryPolicy retries = RetryPolicy.STANDARD;
  private CallListener listener = call -> {};
  private Optional<Executor> executor = Optional.empty();
  private Optional<Duration> providersKept = Optional.of(Duration.ofMinutes(10));
  private Pacing pacing = Pacing.SYSTEM;

  TrezaClientBuilder() {}

  /** For {@link TrezaClient#fromEnvironment}. */
  static TrezaClientBuilder from(Map<String, String> environment) {
    Optional<String> url = Optional.ofNullable(environment.get(PLATFORM_URL));
    Optional<String> key = Optional.ofNullable(environment.get(API_KEY));
    Optional<String> wallet = Optional.ofNullable(environment.get(WALLET_ADDRESS));
    // No default address: a key of one's own platform must not go to another by omission.
    if (url.isEmpty() || (key.isEmpty() && wallet.isEmpty())) {
      throw new IllegalStateException(Stream.of(
              url.isEmpty() ? PLATFORM_URL + " is not set: where the platform is" : "",
              key.isEmpty() && wallet.isEmpty()
                  ? "neither " + API_KEY + " nor " + WALLET_ADDRESS + " is set: as whom to ask"
                  : "")
          .filter(problem -> !problem.isEmpty())
          .collect(Collectors.joining("; ")));
    }
    TrezaClientBuilder builder = new TrezaClientBuilder().baseUrl(address(url.get()));
    key.ifPresent(builder::apiKey);
    wallet.ifPresent(builder::walletAddress);
    return builder;
  }

  private static URI address(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(PLATFORM_URL + " is not an address: " + e.getMessage(), e);
    }
  }

  /** Where the platform is, http or https, without {@code /api}; by default the hosted one. */
  public TrezaClientBuilder baseUrl(URI address) {
    this.baseUrl = address;
    return this;
  }

  /** For whom to act; needed to create, list, change and delete, unless the key says it. */
  public TrezaClientBuilder walletAddress(String address) {
    this.fixed = new Credentials(Optional.of(address), fixed.bearerToken());
    return this;
  }

  /** Sent as a bearer token, over https or to this machine only; by default none. */
  public TrezaClientBuilder apiKey(String key) {
    this.fixed = new Credentials(fixed.walletAddress(), Optional.of(new Secret(key)));
    return this;
  }

  /**
   * Asked anew for each call, so that keys can be rotated; instead of {@link #walletAddress} and
   * {@link #apiKey}.
   */
  public TrezaClientBuilder credentials(Supplier<Credentials> current) {
    this.supplied = Optional.of(current);
    return this;
  }

  /** What judges evidence; by default {@link AttestationVerifier#create}: AWS's root. */
  public TrezaClientBuilder verifier(AttestationVerifier judge) {
    this.verifier = Optional.of(judge);
    return this;
  }

  /**
   * Where evidence comes from; by default the platform, which is asked for a document that carries
   * the nonce. The hosted platform returns none today.
   *
   * @throws IllegalArgumentException if the source takes no nonce: what it answers may be a replay,
   *     and is for {@link io.treza.sdk.attested.AttestedHttpClient} only
   */
  public TrezaClientBuilder evidenceSource(EvidenceSource source) {
    if (source.nonceBytes() == 0) {
      throw new IllegalArgumentException(
          "the evidence source takes no nonce, so its answers may be replays; they are worth"
              + " something for a connection only: see AttestedHttpClient");
    }
    this.evidenceSource = Optional.of(source);
    return this;
  }

  /**
   * Whose connections, proxy, TLS settings, timeouts of connect, read and write, and interceptors
   * to use. Redirects are never followed, whatever it does. It stays the caller's to close.
   */
  public TrezaClientBuilder httpClient(OkHttpClient client) {
    this.httpClient = Optional.of(client);
    return this;
  }

  /** How long connecting may take; by default 10 seconds. Not for an {@link #httpClient}. */
  public TrezaClientBuilder connectTimeout(Duration timeout) {
    this.connectTimeout = positive("connectTimeout", timeout);
    return this;
  }

  /** How long one attempt of a call may take, to the last byte; by default 30 seconds. */
  public TrezaClientBuilder attemptTimeout(Duration timeout) {
    this.attemptTimeout = positive("attemptTimeout", timeout);
    return this;
  }

  /** How long a call may take with all its attempts and pauses; by default 90 seconds. */
  public TrezaClientBuilder callTimeout(Duration timeout) {
    this.callTimeout = positive("callTimeout", timeout);
    return this;
  }

  /** How long to pause between two looks while waiting; by default 5 seconds. */
  public TrezaClientBuilder pollInterval(Duration interval) {
    this.pollInterval = positive("pollInterval", interval);
    return this;
  }

  /** How often to try what is safe to repeat; by default {@link RetryPolicy#STANDARD}. */
  public TrezaClientBuilder retries(RetryPolicy policy) {
    this.retries = policy;
    return this;
  }

  /** Hears how each call ended, for metrics; by default nobody. */
  public TrezaClientBuilder callListener(CallListener hears) {
    this.listener = hears;
    return this;
  }

  /**
   * Runs what is done by {@link TrezaClient#async}, for example {@code
   * Executors.newVirtualThreadPerTaskExecutor()}; by default daemon threads of the client's own.
   */
  public TrezaClientBuilder executor(Executor runs) {
    this.executor = Optional.of(runs);
    return this;
  }

  /**
   * Sends requests about enclaves as they are. By default they are first held against what their
   * provider says it accepts, which is asked for once in ten minutes, and against what is known to be
   * accepted and to fail later.
   */
  public TrezaClientBuilder withoutRequestValidation() {
    this.providersKept = Optional.empty();
    return this;
  }

  /** How time passes, for tests. */
  TrezaClientBuilder pacing(Pacing source) {
    this.pacing = source;
    return this;
  }

  /**
   * The client.
   *
   * @throws IllegalArgumentException if the base URL is not one, or would send the API key in the
   *     clear
   */
  public TrezaClient build() {
    HttpUrl url = Http.url("the base URL", baseUrl);
    if (url.query() != null) {
      throw new IllegalArgumentException("the base URL must have no query: " + baseUrl);
    }
    Credentials known = fixed;
    if (supplied.isEmpty() && known.bearerToken().isPresent()) {
      Rest.requireConfidential(url);
    }
    Http http = httpClient
        .map(theirs -> Http.derived(theirs, attemptTimeout, MAX_ANSWER_BYTES))
        .orElseGet(() -> new Http(connectTimeout, attemptTimeout, MAX_ANSWER_BYTES));
    Rest rest = new Rest(
        http,
        url,
        supplied.orElse(() -> known),
        listener,
        pacing,
        new Rest.Limits(callTimeout, attemptTimeout, retries));
    return new TrezaClient(
        http,
        rest,
        new EvidenceCheck(verifier.orElseGet(AttestationVerifier::create), evidenceSource),
        pollInterval,
        executor.orElse(http.threads()),
        new RequestValidation(pacing, providersKept));
  }

  static Duration positive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(name + " must be positive, but is " + duration);
    }
    return duration;
  }
}
