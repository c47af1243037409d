package io.treza.aws.kms;

import org.jspecify.annotations.Nullable;

/** KMS gave no secret, or none that can be trusted; the message says why and what to do. */
public final class AttestedKmsException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong, for a program; the message is for a person. */
  public enum Kind {
    /** Key policy or IAM refused: other registers, debug mode, or another role. */
    DENIED,
    /** The parent's credentials are missing, expired, or not signed for this region or time. */
    CREDENTIALS,
    /** KMS could not use the request, most likely the attestation document. */
    INVALID_REQUEST,
    /** The NSM gave no document. */
    NO_EVIDENCE,
    /** There is no such key in this region and account. */
    NO_KEY,
    /** The key is disabled, about to be deleted, or not for this operation. */
    KEY_STATE,
    /** The ciphertext is of another key or context, or was changed. */
    WRONG_CIPHERTEXT,
    /** KMS asked for patience more often than allowed. */
    THROTTLED,
    /** KMS was not reached, or broke off. */
    UNREACHABLE,
    /** Whoever answered is not KMS by the certificates that this image trusts. */
    TLS,
    /** The answer breaks the rules of attested KMS: do not use it, find out who gave it. */
    UNTRUSTED_ANSWER,
    /** Something else that KMS reported. */
    OTHER
  }

  private final Kind kind;

  AttestedKmsException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
