package io.treza.attestation;

/** What a {@link ChallengeStore} knows of a nonce. */
public enum ChallengeStatus {
  /** Issued for this purpose, alive, and not consumed before. */
  OUTSTANDING,
  /** Never issued here, or forgotten. */
  UNKNOWN,
  /** Issued for another purpose. */
  OTHER_PURPOSE,
  /** Its lifetime is over. */
  EXPIRED,
  /** Consumed before. */
  CONSUMED
}
