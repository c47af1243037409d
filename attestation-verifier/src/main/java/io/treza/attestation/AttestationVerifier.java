package io.treza.attestation;

import io.treza.attestation.Expectation.NonceRule;
import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.Providers;
import io.treza.attestation.internal.crypto.VerifiedLinks;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies attestation documents. Immutable and thread-safe: build one and keep it.
 *
 * <p>{@link #verify} asks whether an enclave is running <i>now</i>; {@link #audit} whether an
 * archived document was genuine when it was signed. The two answer with different types.
 */
public final class AttestationVerifier {
  private static final Logger LOG = LoggerFactory.getLogger(AttestationVerifier.class);

  private final Settings settings;
  private final InstantSource clock;
  private final Optional<VerificationListener> listener;

  private AttestationVerifier(Builder builder) {
    this.settings = new Settings(
        builder.anchors,
        builder.maxAge,
        builder.clockSkew,
        new Limits(builder.maxDocumentBytes, builder.maxCertificates),
        new EcdsaP384(builder.provider.orElseGet(Providers::preferred)),
        new VerifiedLinks(builder.cacheCapacity),
        builder.denied);
    this.clock = builder.clock;
    this.listener = builder.listener;
  }

  /** A verifier with the defaults of {@link #builder()}. */
  public static AttestationVerifier create() {
    return builder().build();
  }

  /** Starts with the defaults, which suit a relying party on AWS's commercial partition. */
  public static Builder builder() {
    return new Builder();
  }

  /** Name of the provider that checks signatures. */
  public String cryptoProvider() {
    return settings.ecdsa().providerName();
  }

  /**
   * Verifies a document received just now: chain valid now, signed by the leaf, fresh, and as
   * expected.
   *
   * @param document COSE_Sign1 bytes as the NSM returned them
   */
  public VerificationResult verify(byte[] document, Expectation expectation) {
    return judge(
        document,
        expectation,
        Examination.Mode.LIVE,
        VerifiedAttestation::new,
        rejected -> rejected);
  }

  /**
   * As {@link #verify}, but throws the rejection.
   *
   * @throws AttestationRejectedException carrying the {@link Rejection}
   */
  public VerifiedAttestation verifyOrThrow(byte[] document, Expectation expectation)
      throws AttestationRejectedException {
    VerificationResult result = verify(document, expectation);
    if (result instanceof Rejection rejection) {
      throw new AttestationRejectedException(rejection);
    }
    return (VerifiedAttestation) result;
  }

  /**
   * Judges an archived document as of the moment it was signed. Proves nothing about now: no
   * freshness, and the nonce is compared only if one is expected.
   *
   * @param document COSE_Sign1 bytes as the NSM returned them
   * @throws IllegalArgumentException if a challenge is expected: an audit consumes none
   */
  public AuditResult audit(byte[] document, Expectation expectation) {
    if (expectation.nonce() instanceof NonceRule.Outstanding) {
      throw new IllegalArgumentException(
          "an audit consumes no challenge; expect the nonce's bytes, or none");
    }
    return judge(
        document,
        expectation,
        Examination.Mode.ARCHIVED,
        (attested, now) -> new AuditedAttestation(attested, attested.document().timestamp()),
        rejected -> rejected);
  }

  /**
   * As {@link #audit}, but throws the rejection.
   *
   * @throws AttestationRejectedException carrying the {@link Rejection}
   */
  public AuditedAttestation auditOrThrow(byte[] document, Expectation expectation)
      throws AttestationRejectedException {
    AuditResult result = audit(document, expectation);
    if (result instanceof Rejection rejection) {
      throw new AttestationRejectedException(rejection);
    }
    return (AuditedAttestation) result;
  }

  private <R> R judge(
      byte[] document,
      Expectation expectation,
      Examination.Mode mode,
      BiFunction<Attested, Instant, R> accepted,
      Function<Rejection, R> rejected) {
    long start = System.nanoTime();
    Instant now = clock.instant();
    Examination examination = new Examination(settings, expectation, mode, now);
    try {
      Attested attested = examination.examine(document);
      report(Optional.empty(), start);
      return accepted.apply(attested, now);
    } catch (Refusal refusal) {
      report(Optional.of(refusal.reason()), start);
      return rejected.apply(examination.rejection(refusal));
    }
  }

  private void report(Optional<Reason> rejected, long start) {
    if (listener.isPresent()) {
      try {
        listener.get().finished(rejected, Duration.ofNanos(System.nanoTime() - start));
      } catch (RuntimeException e) {
        LOG.warn("Verification listener failed; the verdict stands", e);
      }
    }
  }

  /** Collects the settings; every one has a default. */
  public static final class Builder {
    private List<TrustAnchor> anchors = List.of(TrustAnchor.awsCommercial());
    private InstantSource clock = InstantSource.system();
    private Duration maxAge = Duration.ofMinutes(5);
    private Duration clockSkew = Duration.ofSeconds(30);
    private int maxDocumentBytes = Limits.DEFAULT.documentBytes();
    private int maxCertificates = Limits.DEFAULT.certificates();
    private int cacheCapacity = 1536;
    private Optional<Provider> provider = Optional.empty();
    private Set<DeniedCertificate> denied = Set.of();
    private Optional<VerificationListener> listener = Optional.empty();

    private Builder() {}

    /** Trusts these roots and no others; by default AWS's commercial root. */
    public Builder trustAnchors(TrustAnchor... trusted) {
      return trustAnchors(List.of(trusted));
    }

    /** Trusts these roots and no others; by default AWS's commercial root. */
    public Builder trustAnchors(Collection<TrustAnchor> trusted) {
      if (trusted.isEmpty()) {
        throw new IllegalArgumentException("at least one root must be trusted");
      }
      this.anchors = List.copyOf(trusted);
      return this;
    }

    /** Reads the time here, once a verification; by default the system clock. */
    public Builder clock(InstantSource source) {
      this.clock = Objects.requireNonNull(source);
      return this;
    }

    /** How old a live document may be; by default 5 minutes. */
    public Builder maxAge(Duration duration) {
      this.maxAge = notNegative("maxAge", duration);
      return this;
    }

    /**
     * How far ahead a timestamp, or the beginning of a leaf, may be; by default 30 seconds. An
     * expired certificate stays expired.
     */
    public Builder clockSkew(Duration duration) {
      this.clockSkew = notNegative("clockSkew", duration);
      return this;
    }

    /** The largest document that is looked at; by default 16,640 bytes (real ones: 4 to 8 KB). */
    public Builder maxDocumentBytes(int bytes) {
      this.maxDocumentBytes = positive("maxDocumentBytes", bytes);
      return this;
    }

    /** The longest bundle that is looked at; by default 10 certificates (real ones: 4). */
    public Builder maxCertificates(int count) {
      this.maxCertificates = positive("maxCertificates", count);
      return this;
    }

    /**
     * Checks signatures with this provider instance, which need not be registered; by default
     * Amazon Corretto Crypto Provider if it is on the path, else Bouncy Castle.
     */
    public Builder cryptoProvider(Provider instance) {
      this.provider = Optional.of(instance);
      return this;
    }

    /**
     * How many verified certificate links are remembered; by default 1,536, which serve some 1,200
     * enclaves; 0 remembers none.
     */
    public Builder cacheCapacity(int links) {
      if (links < 0) {
        throw new IllegalArgumentException("cacheCapacity must not be negative, but is " + links);
      }
      this.cacheCapacity = links;
      return this;
    }

    /** Refuses every chain with one of these certificates; by default none. */
    public Builder deny(Collection<DeniedCertificate> certificates) {
      this.denied = Set.copyOf(certificates);
      return this;
    }

    /** Is told of every outcome; by default nobody is. */
    public Builder listener(VerificationListener told) {
      this.listener = Optional.of(told);
      return this;
    }

    /**
     * The verifier.
     *
     * @throws IllegalArgumentException if the provider cannot check ECDSA with SHA-384
     */
    public AttestationVerifier build() {
      return new AttestationVerifier(this);
    }

    private static Duration notNegative(String name, Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException(name + " must not be negative, but is " + duration);
      }
      return duration;
    }

    private static int positive(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " must be positive, but is " + value);
      }
      return value;
    }
  }
}
