package io.treza.attestation;

import java.time.Duration;

/**
 * Issues single-use nonces and consumes each at most once.
 *
 * <p>The verifier looks first, without effect, so that a wrong nonce costs nothing, and consumes
 * last, so that a bad document burns no challenge. An implementation on a shared store maps {@code
 * consume} to one conditional write (DynamoDB: delete if present and unexpired; Redis: GETDEL). An
 * implementation that cannot answer throws; the verifier then refuses.
 */
public interface ChallengeStore {
  /** Bytes in every challenge. */
  int NONCE_BYTES = 32;

  /** How long a challenge may live at most: a day. */
  Duration MAX_LIFETIME = Duration.ofDays(1);

  /**
   * Issues a challenge.
   *
   * @param purpose what it may be used for, for example "release database password"
   * @param lifetime how long it may be used, positive, at most {@link #MAX_LIFETIME}
   */
  Challenge issue(String purpose, Duration lifetime);

  /** Whether a nonce could be consumed now. Has no effect. */
  ChallengeStatus look(byte[] nonce, String purpose);

  /**
   * Consumes a challenge: of all callers with one nonce, at most one is answered {@link
   * ChallengeStatus#OUTSTANDING}. A wrong purpose consumes nothing.
   */
  ChallengeStatus consume(byte[] nonce, String purpose);
}
