package io.treza.attestation.reference;

import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.internal.reference.Envelope;
import io.treza.attestation.internal.reference.ReferenceValuesReader;
import io.treza.attestation.internal.reference.ReferenceValuesWriter;
import io.treza.attestation.internal.reference.Statement;
import java.security.SignatureException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What an application's enclaves may measure to: its releases, each with its status and history, in
 * a file that is numbered and expires. Immutable.
 *
 * <p>The publisher makes one with {@link #builder}, signs it with {@link #sign} and publishes the
 * envelope. A relying party reads it with {@link ReferenceValuesVerifier}. What stands in no signed
 * envelope, a build's own output for example, is read by {@link #parseUnsigned}.
 *
 * <p>The file's format is described by the JSON Schema beside this class, {@code
 * reference-values.schema.json}. Members whose names begin with {@code x-} are ignored; every other
 * member that is not described is refused, so that no reader overlooks a restriction.
 */
public final class ReferenceValues {
  /** Type of the in-toto predicate that a signed file is. */
  public static final String PREDICATE_TYPE =
      "https://trezalabs.com/attestation/reference-values/v1";

  /**
   * When values expire that never do, which only a build's own output should: the end of the year
   * 9999, as in RFC 5280, section 4.1.2.5.
   */
  public static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

  /** The largest sequence number: what every JSON reader keeps exactly (RFC 7493, section 2.2). */
  public static final long MAX_SEQUENCE = (1L << 53) - 1;

  /** The largest file that is read, in bytes: room for 10,000 signed releases. */
  public static final int MAX_BYTES = 1 << 25;

  private final String application;
  private final long sequence;
  private final Instant issuedAt;
  private final Instant expiresAt;
  private final List<Release> releases;

  /** In the order of {@link ReleaseStatus}. Every release pins PCR0, and few share it. */
  private final Map<PcrValue, List<Release>> byPcr0;

  private ReferenceValues(Builder builder) {
    this.application = Checked.line("application", builder.application);
    this.sequence = builder.sequence;
    this.issuedAt = Checked.time("issuedAt", builder.issuedAt);
    this.expiresAt = Checked.time("expiresAt", builder.expiresAt);
    this.releases = List.copyOf(builder.releases);
    if (sequence < 0 || sequence > MAX_SEQUENCE) {
      throw new IllegalArgumentException(
          "sequence: expected 0 to " + MAX_SEQUENCE + ", found " + sequence);
    }
    if (!expiresAt.isAfter(issuedAt)) {
      throw new IllegalArgumentException(
          "expiresAt: " + expiresAt + " is not after issuedAt, " + issuedAt);
    }
    if (releases.isEmpty()) {
      throw new IllegalArgumentException("measurements: expected at least one release");
    }
    this.byPcr0 = index(releases);
  }

  private static Map<PcrValue, List<Release>> index(List<Release> releases) {
    Map<PcrValue, List<Release>> index = new HashMap<>();
    for (Release release : releases) {
      PcrValue pcr0 = Objects.requireNonNull(release.measurements().pcrs().get(0), "PCR0");
      List<Release> same = index.get(pcr0);
      if (same == null) {
        index.put(pcr0, List.of(release));
      } else {
        List<Release> more = new ArrayList<>(same);
        more.add(release);
        more.sort(Comparator.comparing(Release::status));
        index.put(pcr0, more);
      }
    }
    return index;
  }

  /**
   * Reads a file that nobody has to have signed: a build's own output ({@code nitro-cli
   * build-enclave} or {@code describe-eif}, {@code treza eif}), the flat {@code {"PCR0": …}}, or a
   * reference-values file outside its envelope. Only for files that came to the caller by a way he
   * trusts as much as a signature.
   *
   * <p>A build's output becomes the one active release of an application of the same name, with
   * sequence 0, which never expires.
   *
   * @param json the file, UTF-8
   * @param release what to call the release of a build's output, for example the file's name; a
   *     reference-values file names its releases itself
   * @throws ReferenceValuesException if the file is of no such form or a value is unusable
   */
  public static ReferenceValues parseUnsigned(byte[] json, String release)
      throws ReferenceValuesException {
    return ReferenceValuesReader.unsigned(json, release);
  }

  /**
   * Starts a file.
   *
   * @param application what the releases are releases of; relying parties demand it by name
   */
  public static Builder builder(String application) {
    return new Builder(application);
  }

  /** Starts with everything in this file, to publish its successor. */
  public Builder toBuilder() {
    return new Builder(application)
        .sequence(sequence)
        .issuedAt(issuedAt)
        .expiresAt(expiresAt)
        .releases(releases);
  }

  /** What the releases are releases of. */
  public String application() {
    return application;
  }

  /** The file's number: higher than that of every file it replaces. */
  public long sequence() {
    return sequence;
  }

  /** When it was published, by its publisher's clock; whole seconds. For people only. */
  public Instant issuedAt() {
    return issuedAt;
  }

  /** The first moment at which it is no longer accepted; whole seconds. */
  public Instant expiresAt() {
    return expiresAt;
  }

  /** Every release, in the order of the file. Unmodifiable. */
  public List<Release> releases() {
    return releases;
  }

  /** Whether it is no longer accepted at {@code time}. */
  public boolean hasExpired(Instant time) {
    return !time.isBefore(expiresAt);
  }

  /**
   * The releases whose every pinned PCR has its value in {@code pcrs}, in the order of {@link
   * ReleaseStatus}: a revoked one comes first.
   */
  public List<Release> matching(Map<Integer, PcrValue> pcrs) {
    return Optional.ofNullable(pcrs.get(0)).map(byPcr0::get).orElse(List.of()).stream()
        .filter(release -> release.measurements().matches(pcrs))
        .toList();
  }

  /** The file: JSON in UTF-8, the same bytes for equal values. */
  public byte[] toJson() {
    return ReferenceValuesWriter.file(this);
  }

  /**
   * The in-toto statement (version 1) about these values, for whoever signs it by other means than
   * {@link #sign}. Its subjects are the enclave image files and container images of the releases.
   *
   * @throws IllegalArgumentException if no release names either
   */
  public byte[] toStatement() {
    return Statement.of(this);
  }

  /**
   * The statement in a DSSE envelope, signed by each of {@code signers}; a relying party needs to
   * trust one of them. ECDSA signatures are written in DER, as other DSSE tools do.
   *
   * @throws IllegalArgumentException if there is no signer, or nothing for a statement to be about
   * @throws SignatureException if a signer fails, or its signature does not fit its public key
   */
  public byte[] sign(Signer... signers) throws SignatureException {
    return Envelope.sign(toStatement(), List.of(signers));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReferenceValues that
        && application.equals(that.application)
        && sequence == that.sequence
        && issuedAt.equals(that.issuedAt)
        && expiresAt.equals(that.expiresAt)
        && releases.equals(that.releases);
  }

  @Override
  public int hashCode() {
    return Objects.hash(application, sequence, issuedAt, expiresAt, releases);
  }

  /** Application, sequence and how many releases. */
  @Override
  public String toString() {
    return application + ", sequence " + sequence + ", " + releases.size()
        + (releases.size() == 1 ? " release" : " releases");
  }

  /** Collects what a file says. */
  public static final class Builder {
    private final String application;
    private long sequence;
    private Instant issuedAt = Instant.EPOCH;
    private Instant expiresAt = NEVER;
    private final List<Release> releases = new ArrayList<>();

    private Builder(String application) {
      this.application = Objects.requireNonNull(application);
    }

    /** The file's number, 0 to {@link #MAX_SEQUENCE}; 0 unless set. */
    public Builder sequence(long value) {
      this.sequence = value;
      return this;
    }

    /** When it is published; fractions of a second are cut. 1970 unless set. */
    public Builder issuedAt(Instant value) {
      this.issuedAt = value;
      return this;
    }

    /** When it expires; fractions of a second are cut. {@link #NEVER} unless set. */
    public Builder expiresAt(Instant value) {
      this.expiresAt = value;
      return this;
    }

    /** Adds a release. */
    public Builder release(Release release) {
      this.releases.add(release);
      return this;
    }

    /** Adds an active release of which nothing but its measurements and name is known. */
    public Builder release(Measurements measurements) {
      return release(Release.builder(measurements).build());
    }

    /** Replaces the releases. */
    public Builder releases(Collection<Release> all) {
      this.releases.clear();
      this.releases.addAll(all);
      return this;
    }

    /**
     * The values.
     *
     * @throws IllegalArgumentException if there is no release, if they expire before they are
     *     issued, or if a value is out of range
     */
    public ReferenceValues build() {
      return new ReferenceValues(this);
    }
  }
}
