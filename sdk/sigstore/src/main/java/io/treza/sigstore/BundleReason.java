package io.treza.sigstore;

/** Why a bundle was not accepted. */
public enum BundleReason {
  /** It is no bundle, or of a form that is not known. */
  MALFORMED,
  /** Its certificate does not lead to an authority of the trusted root. */
  CERTIFICATE,
  /** Its certificate is in no certificate transparency log of the trusted root. */
  CERTIFICATE_TRANSPARENCY,
  /** It has no transparency log entry, or one that a log of the trusted root did not make. */
  LOG_ENTRY,
  /** A log entry is about another signature, content or key. */
  LOG_MISMATCH,
  /** A timestamp is not one of an authority of the trusted root, or is over another signature. */
  TIMESTAMP,
  /** Nobody trusted says when it was signed, or it was when certificate or log key were not valid. */
  SIGNED_AT,
  /** The signature is not one by the key over the content. */
  SIGNATURE,
  /** It is about another artifact. */
  ARTIFACT,
  /** Somebody else signed it. */
  IDENTITY
}
