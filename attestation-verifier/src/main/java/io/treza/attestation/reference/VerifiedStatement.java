package io.treza.attestation.reference;

import java.util.Objects;

/**
 * The bytes of an in-toto statement whose signature was verified. Only a {@link StatementVerifier}
 * has reason to make one. Immutable.
 */
public final class VerifiedStatement {
  private final byte[] payload;
  private final String signer;

  /**
   * A statement.
   *
   * @param payload exactly the bytes that the signature covers
   * @param signer who signed, in words for logs: a key's fingerprint or an identity
   */
  public VerifiedStatement(byte[] payload, String signer) {
    this.payload = payload.clone();
    this.signer = Objects.requireNonNull(signer);
  }

  /** A copy of the bytes. */
  public byte[] payload() {
    return payload.clone();
  }

  /** Who signed. */
  public String signer() {
    return signer;
  }

  /** Names the signer and the length only. */
  @Override
  public String toString() {
    return "VerifiedStatement[" + payload.length + " bytes by " + signer + "]";
  }
}
