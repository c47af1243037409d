package io.treza.attestation.reference;

import io.treza.attestation.internal.Text;
import io.treza.attestation.internal.reference.Statement;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;

/**
 * Decides whether a signed file of reference values is accepted: signed by somebody trusted, for
 * the expected application, not expired, and no older than what was accepted before. Safe for use
 * by many threads: build one and keep it.
 */
public final class ReferenceValuesVerifier {
  private final StatementVerifier signatures;
  private final String application;
  private final long minimumSequence;
  private final SequenceStore sequences;
  private final InstantSource clock;

  private ReferenceValuesVerifier(Builder builder) {
    this.signatures = builder.signatures;
    this.application = builder.application;
    this.minimumSequence = builder.minimumSequence;
    this.sequences = builder.sequences;
    this.clock = builder.clock;
  }

  /**
   * Starts with the two things that have no default.
   *
   * @param signatures who may sign, for example {@link TrustedKeys}
   * @param application whose values are wanted: the same key may sign those of others
   */
  public static Builder builder(StatementVerifier signatures, String application) {
    return new Builder(signatures, application);
  }

  /**
   * Accepts a file or says why not.
   *
   * @param file as it was published: a DSSE envelope, or what the statement verifier reads
   * @throws ReferenceValuesException if anything about it is not as it must be; nothing is
   *     remembered of such a file
   */
  public VerifiedReferenceValues verify(byte[] file) throws ReferenceValuesException {
    VerifiedStatement statement = signatures.verify(file);
    ReferenceValues values = Statement.read(statement.payload());
    if (!values.application().equals(application)) {
      throw new ReferenceValuesException(
          Problem.APPLICATION,
          "the file is of application " + Text.quoted(values.application()) + ", not of "
              + Text.quoted(application));
    }
    Instant now = clock.instant();
    if (values.hasExpired(now)) {
      throw new ReferenceValuesException(
          Problem.EXPIRED,
          "the file expired at " + values.expiresAt() + " and it is " + now
              + "; have its publisher issue a new one");
    }
    refuseOlderThan(minimumSequence, values);
    refuseOlderThan(raise(values), values);
    return new VerifiedReferenceValues(values, statement.signer());
  }

  private long raise(ReferenceValues values) throws ReferenceValuesException {
    long highest;
    try {
      highest = sequences.raise(values.application(), values.sequence());
    } catch (RuntimeException e) {
      throw new ReferenceValuesException(
          Problem.UNAVAILABLE, "the sequence store could not answer: " + e.getMessage(), e);
    }
    if (highest < values.sequence()) {
      throw new ReferenceValuesException(
          Problem.UNAVAILABLE,
          "the sequence store was to remember " + values.sequence() + " and remembers " + highest);
    }
    return highest;
  }

  private static void refuseOlderThan(long sequence, ReferenceValues values)
      throws ReferenceValuesException {
    if (values.sequence() < sequence) {
      throw new ReferenceValuesException(
          Problem.ROLLBACK,
          "the file has sequence " + values.sequence() + ", and " + sequence
              + " was accepted or pinned before: somebody serves an old file");
    }
  }

  /** Collects the settings that have defaults. */
  public static final class Builder {
    private final StatementVerifier signatures;
    private final String application;
    private long minimumSequence;
    private SequenceStore sequences = new InMemorySequenceStore();
    private InstantSource clock = InstantSource.system();

    private Builder(StatementVerifier signatures, String application) {
      this.signatures = Objects.requireNonNull(signatures);
      this.application = Objects.requireNonNull(application);
    }

    /** Refuses files with a lower sequence, whatever the store remembers; by default 0. */
    public Builder minimumSequence(long sequence) {
      this.minimumSequence = sequence;
      return this;
    }

    /** Remembers accepted sequences here; by default in this verifier's memory. */
    public Builder sequenceStore(SequenceStore store) {
      this.sequences = store;
      return this;
    }

    /** Reads the time here, once a file; by default the system clock. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /** The verifier. */
    public ReferenceValuesVerifier build() {
      return new ReferenceValuesVerifier(this);
    }
  }
}
