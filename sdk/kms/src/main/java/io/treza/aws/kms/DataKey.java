package io.treza.aws.kms;

/** A new AES-256 key: in the clear to encrypt with now, and wrapped by KMS to be kept. */
public final class DataKey implements AutoCloseable {
  private final Secret plaintext;
  private final byte[] wrapped;

  DataKey(Secret plaintext, byte[] wrapped) {
    this.plaintext = plaintext;
    this.wrapped = wrapped.clone();
  }

  /** The key itself, 32 bytes; closed with this. */
  public Secret plaintext() {
    return plaintext;
  }

  /** What {@link AttestedKms#decrypt} makes the key of again; no secret. */
  public byte[] wrapped() {
    return wrapped.clone();
  }

  /** Erases the key; the wrapped one stays. */
  @Override
  public void close() {
    plaintext.close();
  }

  @Override
  public String toString() {
    return "DataKey[wrapped in " + wrapped.length + " bytes]";
  }
}
