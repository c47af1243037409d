package io.treza.attestation;

import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesSource;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What must hold of a document beyond being genuine. Immutable.
 *
 * <p>It cannot be built without saying what the measurements must be and which nonce is expected;
 * doing without either takes a method whose name says so:
 *
 * <pre>{@code
 * Expectation expectation =
 *     Expectation.measurements(Measurements.of(pcr0, pcr1, pcr2)).nonce(nonce).build();
 * }</pre>
 */
public final class Expectation {
  private static final Pattern ROLE_ARN =
      Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,576}");
  private static final Pattern INSTANCE_ID = Pattern.compile("(sim-)?i-[0-9a-f]{8,17}");
  private static final Pattern MODULE_ID =
      Pattern.compile(INSTANCE_ID.pattern() + "-enc[0-9a-f]{1,32}");
  private static final Pattern REGION = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  private final MeasurementRule measurements;
  private final Optional<AuditRule> audit;
  private final NonceRule nonce;
  private final Optional<byte[]> userData;
  private final Optional<byte[]> publicKey;
  private final Optional<String> region;
  private final Optional<String> roleArn;
  private final Optional<String> instanceId;
  private final Optional<String> moduleId;
  private final Optional<byte[]> signingCertificate;
  private final boolean debugModeAccepted;

  private Expectation(Builder builder) {
    this.measurements = builder.measurements;
    this.audit = builder.audit;
    this.nonce = builder.nonce;
    this.userData = builder.userData;
    this.publicKey = builder.publicKey;
    this.region = builder.region;
    this.roleArn = builder.roleArn;
    this.instanceId = builder.instanceId;
    this.moduleId = builder.moduleId;
    this.signingCertificate = builder.signingCertificate;
    this.debugModeAccepted = builder.debugModeAccepted;
  }

  /** The measurements a document must have. */
  sealed interface MeasurementRule {
    /** Those of one of these releases. */
    record OneOf(List<Measurements> releases) implements MeasurementRule {}

    /** Those of a release that one of these sources publishes. */
    record Published(List<ReferenceValuesSource> sources) implements MeasurementRule {}

    /** Whatever they are. */
    record Any() implements MeasurementRule {}
  }

  /** What the published audit of a release must say. */
  record AuditRule(SortedSet<String> passed, Duration maxScanAge) {}

  /** The nonce a document must carry. */
  sealed interface NonceRule {
    /** Exactly these bytes. */
    record Exactly(byte[] nonce) implements NonceRule {}

    /** A challenge outstanding in a store. */
    record Outstanding(ChallengeStore store, String purpose) implements NonceRule {}

    /** Whatever it carries. */
    record Any() implements NonceRule {}
  }

  /** The PCRs must be those of {@code release}, all of them. */
  public static NonceStage measurements(Measurements release) {
    return measurements(List.of(release));
  }

  /**
   * The PCRs must be those of one of {@code releases}, all of them.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static NonceStage measurements(Collection<Measurements> releases) {
    if (releases.isEmpty()) {
      throw new IllegalArgumentException(
          "no release is accepted; pin at least one, or call acceptAnyMeasurement");
    }
    return new NonceStage(new MeasurementRule.OneOf(List.copyOf(releases)));
  }

  /**
   * The PCRs must be those of a release in {@code values}, all of them; the release must not be
   * revoked and within its window, and the values must not have expired. {@link
   * VerifiedAttestation#release} says which it was.
   */
  public static NonceStage releases(ReferenceValues values) {
    return releases(ReferenceValuesSource.of(values));
  }

  /**
   * As {@link #releases(ReferenceValues)}, with several files that count as one: what one of them
   * revokes is revoked, and when one has expired nothing is accepted.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static NonceStage releases(Collection<ReferenceValues> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException(
          "no reference values are given; give at least one file, or call acceptAnyMeasurement");
    }
    return new NonceStage(new MeasurementRule.Published(
        values.stream().map(ReferenceValuesSource::of).toList()));
  }

  /**
   * As {@link #releases(ReferenceValues)}, with the values that {@code source} has when a document
   * is judged. If the document fits none, the source is asked once to refresh them, and the
   * document is judged again: a deployment may have just changed.
   */
  public static NonceStage releases(ReferenceValuesSource source) {
    return new NonceStage(new MeasurementRule.Published(List.of(source)));
  }

  /**
   * Insecure unless something else pins the workload: any image at all is accepted, so the result
   * only says that <i>some</i> enclave made the document.
   */
  public static NonceStage acceptAnyMeasurement() {
    return new NonceStage(new MeasurementRule.Any());
  }

  /** Measurements are settled; the nonce comes next. */
  public static final class NonceStage {
    private final MeasurementRule measurements;

    private NonceStage(MeasurementRule measurements) {
      this.measurements = measurements;
    }

    /**
     * The nonce must be exactly {@code nonce}, which the caller made for this one document.
     *
     * @param nonce unpredictable bytes: 32 are customary, fewer than 16 can be guessed; 1 to 1024
     *     are accepted, since AWS's own documents carry as few as 4
     * @throws IllegalArgumentException if it is empty or over 1024 bytes
     */
    public Builder nonce(byte[] nonce) {
      return new Builder(measurements, new NonceRule.Exactly(checked("nonce", nonce, 1)));
    }

    /**
     * The nonce must be a challenge that {@code store} issued for {@code purpose}; it is consumed
     * when everything else has passed. Not for audits.
     */
    public Builder challenge(ChallengeStore store, String purpose) {
      if (purpose.isBlank()) {
        throw new IllegalArgumentException("a challenge has a purpose; say which");
      }
      return new Builder(
          measurements, new NonceRule.Outstanding(Objects.requireNonNull(store), purpose));
    }

    /**
     * Insecure against replay: any document the enclave made within the maximum age is accepted,
     * whoever recorded it. For audits this is the usual choice.
     */
    public Builder withoutNonce() {
      return new Builder(measurements, new NonceRule.Any());
    }
  }

  /** Measurements and nonce are settled; everything here is optional. */
  public static final class Builder {
    private final MeasurementRule measurements;
    private final NonceRule nonce;
    private Optional<AuditRule> audit = Optional.empty();
    private Optional<byte[]> userData = Optional.empty();
    private Optional<byte[]> publicKey = Optional.empty();
    private Optional<String> region = Optional.empty();
    private Optional<String> roleArn = Optional.empty();
    private Optional<String> instanceId = Optional.empty();
    private Optional<String> moduleId = Optional.empty();
    private Optional<byte[]> signingCertificate = Optional.empty();
    private boolean debugModeAccepted;

    private Builder(MeasurementRule measurements, NonceRule nonce) {
      this.measurements = measurements;
      this.nonce = nonce;
    }

    /**
     * The release's published audit, which is of the image that the release names, must say that
     * each of these checks passed, and its vulnerability scan must be recent.
     *
     * @param checks ids, for example {@code H01} and {@code H07}; no other result than a pass will
     *     do
     * @param maxScanAge how old the scan may be when the document is judged, positive; in an audit,
     *     when the document was signed
     * @throws IllegalArgumentException if there is no check, or one that is no id, or the age is
     *     not positive
     * @throws IllegalStateException if the expectation did not begin with {@code releases}: bare
     *     measurements have no audit
     */
    public Builder requireAudit(Collection<String> checks, Duration maxScanAge) {
      if (!(measurements instanceof MeasurementRule.Published)) {
        throw new IllegalStateException(
            "bare measurements have no audit; begin with releases(referenceValues)");
      }
      if (checks.isEmpty() || !checks.stream().allMatch(AuditVerdict::isCheckId)) {
        throw new IllegalArgumentException(
            "expected at least one id of a check, such as H01, not " + checks);
      }
      if (maxScanAge.isZero() || maxScanAge.isNegative()) {
        throw new IllegalArgumentException("maxScanAge must be positive, not " + maxScanAge);
      }
      this.audit = Optional.of(
          new AuditRule(Collections.unmodifiableSortedSet(new TreeSet<>(checks)), maxScanAge));
      return this;
    }

    /** {@code user_data} must be exactly this, up to 1024 bytes; empty is not the same as none. */
    public Builder userData(byte[] expected) {
      this.userData = Optional.of(checked("user data", expected, 0));
      return this;
    }

    /** {@code public_key} must be exactly this, 1 to 1024 bytes. */
    public Builder publicKey(byte[] expected) {
      this.publicKey = Optional.of(checked("public key", expected, 1));
      return this;
    }

    /** The enclave must run in this region, for example {@code eu-west-1}. */
    public Builder region(String expected) {
      this.region = Optional.of(checked("a region like eu-west-1", REGION, expected));
      return this;
    }

    /**
     * The parent instance must have this IAM role: PCR3 is computed from the ARN.
     *
     * @param arn the role's own ARN with its path, {@code arn:aws:iam::123456789012:role/name}; an
     *     assumed-role ARN ({@code sts}) is another string and measures to another value
     */
    public Builder roleArn(String arn) {
      this.roleArn = Optional.of(
          checked("a role ARN like arn:aws:iam::123456789012:role/name", ROLE_ARN, arn));
      return this;
    }

    /** The parent instance must be this one: PCR4 is computed from the id. */
    public Builder instanceId(String id) {
      this.instanceId =
          Optional.of(checked("an instance id like i-0123456789abcdef0", INSTANCE_ID, id));
      return this;
    }

    /**
     * It must be this enclave and no other, also of the same image on the same instance; one that is
     * started again has another id.
     */
    public Builder moduleId(String id) {
      this.moduleId = Optional.of(
          checked("a module id like i-0123456789abcdef0-enc0123456789abcdef", MODULE_ID, id));
      return this;
    }

    /**
     * The image must be signed with this certificate: PCR8 is computed from its DER.
     *
     * @param certificate DER, or PEM with one certificate
     * @throws IllegalArgumentException if it is no X.509 certificate
     */
    public Builder signingCertificate(byte[] certificate) {
      this.signingCertificate = Optional.of(x509(TrustAnchor.derOf(certificate)));
      return this;
    }

    /**
     * Insecure: accepts an enclave in debug mode, whose memory and console its operator can read,
     * and whose PCRs say nothing. Pinned measurements never match such an enclave.
     */
    public Builder acceptDebugMode() {
      this.debugModeAccepted = true;
      return this;
    }

    /** The expectation. */
    public Expectation build() {
      return new Expectation(this);
    }
  }

  MeasurementRule measurements() {
    return measurements;
  }

  Optional<AuditRule> audit() {
    return audit;
  }

  NonceRule nonce() {
    return nonce;
  }

  Optional<byte[]> userData() {
    return userData;
  }

  Optional<byte[]> publicKey() {
    return publicKey;
  }

  Optional<String> region() {
    return region;
  }

  Optional<String> instanceId() {
    return instanceId;
  }

  Optional<String> moduleId() {
    return moduleId;
  }

  Optional<PcrValue> rolePcr() {
    return roleArn.map(arn -> Sha384.extended(arn.getBytes(StandardCharsets.UTF_8)));
  }

  Optional<PcrValue> signerPcr() {
    return signingCertificate.map(der -> Sha384.extended(Sha384.hash(der)));
  }

  boolean debugModeAccepted() {
    return debugModeAccepted;
  }

  /** Any certificate that the JDK can read: unlike the NSM's, image signers are not AWS's choice. */
  private static byte[] x509(byte[] der) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der))
          .getEncoded();
    } catch (CertificateException e) {
      throw new IllegalArgumentException("the signing certificate is no X.509 certificate", e);
    }
  }

  private static byte[] checked(String what, byte[] bytes, int least) {
    if (bytes.length < least || bytes.length > 1024) {
      throw new IllegalArgumentException(
          "the expected " + what + " must have " + least + " to 1024 bytes, not " + bytes.length);
    }
    return bytes.clone();
  }

  private static String checked(String what, Pattern pattern, String value) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException("expected " + what + ", not \"" + value + "\"");
    }
    return value;
  }
}
