package io.treza.enclave.kms;

/** What was to be opened is not what AWS KMS encrypts to this enclave. */
public final class RecipientException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The message names what is wrong, but nothing of what depends on the private key. */
  public RecipientException(String message) {
    super(message);
  }
}
