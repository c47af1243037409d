package io.treza.attestation;

/** The steps of verification, in order. Each is one class and cites the rules it enforces. */
public enum Step {
  /** Strict CBOR, COSE_Sign1 with {1: -35}, sizes. */
  FORM,
  /** The nonce compared before anything is authenticated; this step may only refuse. */
  NONCE_LOOK,
  /** The nine fields, their types and sizes. */
  FIELDS,
  /** The bundle begins with a pinned root, byte for byte, and every certificate parses. */
  ANCHOR,
  /** Version, algorithm, basicConstraints, path length, key usage, critical extensions. */
  CERTIFICATE_PROFILE,
  /** Each certificate names the one before it as its issuer. */
  CERTIFICATE_NAMES,
  /** Each certificate is within its validity. */
  CERTIFICATE_VALIDITY,
  /** No certificate is on the deny-list. */
  DENY_LIST,
  /** Each certificate is signed by the one before it. */
  CERTIFICATE_SIGNATURES,
  /** The document is signed by the leaf. */
  SIGNATURE,
  /** Module id, instance id, region and PCR4 agree with the certificates' names. */
  IDENTITY,
  /** The document is not from the future and, unless it is an audit, not old. */
  FRESHNESS,
  /** The enclave was not started in debug mode. */
  DEBUG_MODE,
  /** The PCRs are those of an accepted release. */
  MEASUREMENTS,
  /** Nonce, user data and public key are the expected ones. */
  BINDINGS,
  /** Region, role, instance and image signer are the expected ones. */
  ORIGIN,
  /** The challenge was outstanding and is now consumed. Not part of an audit. */
  CHALLENGE
}
