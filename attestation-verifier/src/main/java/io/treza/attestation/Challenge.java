package io.treza.attestation;

import java.time.Instant;
import java.util.Objects;

/** A single-use nonce of 32 bytes, bound to a purpose and a lifetime. Immutable. */
public final class Challenge {
  private final byte[] nonce;
  private final String purpose;
  private final Instant expiresAt;

  /** A challenge that a {@link ChallengeStore} issues. */
  public Challenge(byte[] nonce, String purpose, Instant expiresAt) {
    if (nonce.length != ChallengeStore.NONCE_BYTES) {
      throw new IllegalArgumentException("a challenge has 32 bytes, this has " + nonce.length);
    }
    this.nonce = nonce.clone();
    this.purpose = Objects.requireNonNull(purpose);
    this.expiresAt = Objects.requireNonNull(expiresAt);
  }

  /** The 32 bytes to have attested. */
  public byte[] nonce() {
    return nonce.clone();
  }

  /** What it may be used for. */
  public String purpose() {
    return purpose;
  }

  /** The last moment it may be used. */
  public Instant expiresAt() {
    return expiresAt;
  }

  /** Purpose and expiry. */
  @Override
  public String toString() {
    return "Challenge[" + purpose + ", until " + expiresAt + "]";
  }
}
