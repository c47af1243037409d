package io.treza.enclave.kms;

import java.io.IOException;

/** Where a recipient's attestation documents come from, if not from an {@link io.treza.enclave.Nsm}. */
@FunctionalInterface
public interface RecipientEvidence {
  /**
   * A new document about this enclave, dated now: KMS refuses one that is older than five minutes.
   *
   * @param nonce its {@code nonce}
   * @param publicKey its {@code public_key}, a SubjectPublicKeyInfo in DER
   * @return a COSE_Sign1
   * @throws IOException if the NSM gives none
   */
  byte[] attest(byte[] nonce, byte[] publicKey) throws IOException;
}
