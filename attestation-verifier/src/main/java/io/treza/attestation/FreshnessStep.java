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
    if (document.timestamp().isAfter(now.plus(skew))) {
      throw new Refusal(
          Reason.FUTURE_TIMESTAMP,
          "made before " + now + " (clock skew " + skew + ")",
          "made at " + document.timestamp());
    }
  }

  static void notOld(AttestationDocument document, Instant now, Duration maxAge) throws Refusal {
    if (document.timestamp().plus(maxAge).isBefore(now)) {
      throw new Refusal(
          Reason.TOO_OLD,
          "at most " + maxAge + " old at " + now,
          "made at " + document.timestamp());
    }
  }
}
