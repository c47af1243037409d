package io.treza.enclave.kms;

/**
 * The RSA keys that AWS KMS encrypts to (AWS KMS API Reference, {@code RecipientInfo}; AWS Nitro
 * Enclaves SDK for C, {@code attestation.h}).
 */
public enum RecipientKeySize {
  RSA_2048(2048),
  RSA_3072(3072),
  RSA_4096(4096);

  private final int bits;

  RecipientKeySize(int bits) {
    this.bits = bits;
  }

  /** The length of the modulus. */
  public int bits() {
    return bits;
  }
}
