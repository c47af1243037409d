package io.treza.aws.kms;

/** A new key pair whose private key is in the clear to use now, and wrapped by KMS to be kept. */
public final class DataKeyPair implements AutoCloseable {
  /** The pairs that KMS makes which an enclave has use for. */
  public enum Spec {
    RSA_2048,
    RSA_3072,
    RSA_4096,
    ECC_NIST_P256,
    ECC_NIST_P384,
    ECC_NIST_P521
  }

  private final byte[] publicKey;
  private final Secret privateKey;
  private final byte[] wrappedPrivateKey;

  DataKeyPair(byte[] publicKey, Secret privateKey, byte[] wrappedPrivateKey) {
    this.publicKey = publicKey.clone();
    this.privateKey = privateKey;
    this.wrappedPrivateKey = wrappedPrivateKey.clone();
  }

  /** The public key: a SubjectPublicKeyInfo in DER. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** The private key: PKCS #8 in DER; closed with this. */
  public Secret privateKey() {
    return privateKey;
  }

  /** What {@link AttestedKms#decrypt} makes the private key of again; no secret. */
  public byte[] wrappedPrivateKey() {
    return wrappedPrivateKey.clone();
  }

  /** Erases the private key; the wrapped one stays. */
  @Override
  public void close() {
    privateKey.close();
  }

  @Override
  public String toString() {
    return "DataKeyPair[wrapped in " + wrappedPrivateKey.length + " bytes]";
  }
}
