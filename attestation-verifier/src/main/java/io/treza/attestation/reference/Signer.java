package io.treza.attestation.reference;

import java.security.PublicKey;
import java.security.SignatureException;

/**
 * A private key that can sign, wherever it lives: in a file, a key store, an HSM or a key service.
 *
 * <p>An implementation never shows the key. Signatures are in the form JOSE and COSE use.
 */
public interface Signer {
  /** Signature algorithms, by their JOSE and COSE names (RFC 7518 section 3.1, RFC 9053). */
  enum Algorithm {
    /** ECDSA on P-256 with SHA-256; signatures of 64 bytes. */
    ES256,
    /** ECDSA on P-384 with SHA-384; signatures of 96 bytes. */
    ES384,
    /** ECDSA on P-521 with SHA-512; signatures of 132 bytes. */
    ES512,
    /** Ed25519 (RFC 8032); signatures of 64 bytes. */
    ED25519
  }

  /** How {@link #sign} signs. */
  Algorithm algorithm();

  /** The key that checks the signatures. */
  PublicKey publicKey();

  /**
   * Signs a whole message, hashing it as the algorithm says.
   *
   * @return for ECDSA, R and S one after the other, each left-padded to the curve's field size
   *     (IEEE P1363), not DER
   * @throws SignatureException if the key cannot be used now
   */
  byte[] sign(byte[] message) throws SignatureException;
}
