package io.treza.attestation;

import java.time.Instant;

/**
 * Remembers consumed nonces until they expire; shared by the servers among which a challenge is
 * single-use.
 */
public interface ConsumedNonces {
  /** Whether {@code nonce} was added. A stale answer is allowed: {@link #add} decides. */
  boolean contains(byte[] nonce);

  /**
   * Adds {@code nonce}, atomically.
   *
   * @param expiresAt until when it must be remembered
   * @return true to at most one caller; false to every other, and for a nonce that has expired:
   *     it may have been consumed and forgotten
   * @throws IllegalStateException if it cannot be remembered; the caller then refuses
   */
  boolean add(byte[] nonce, Instant expiresAt);
}
