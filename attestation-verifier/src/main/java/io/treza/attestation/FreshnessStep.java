package io.treza.attestation;

import java.time.Duration;
import java.time.Instant;

/**
 * Step 12: the document was made just now. AWS sets no limit; a leaf certificate alone would let a
 * document live for three hours.
 */
final class FreshnessStep {
  private FreshnessStep() {}

  /** Holds for archived documents as well: none can be from after the clock's now. */
  static void notFromTheFuture(AttestationDocument document, Instant now, Duration skew)
      throws Refusal {
    if (Duration.between(now, document.timestamp()).compareTo(skew) > 0) {
      throw new Refusal(
          Reason.FUTURE_TIMESTAMP,
          "made before " + now + " (clock skew " + skew + ")",
          "made at " + document.timestamp());
    }
  }

  static void notOld(AttestationDocument document, Instant now, Duration maxAge) throws Refusal {
    if (Duration.between(document.timestamp(), now).compareTo(maxAge) > 0) {
      throw new Refusal(
          Reason.TOO_OLD,
          "at most " + maxAge + " old at " + now,
          "made at " + document.timestamp());
    }
  }
}
