package io.treza.testkit;

/**
 * What can be wrong with a {@link FakeEnclave}. The names in quotes are the reasons that a verifier
 * which pins image, nonce and TLS key gives for refusing it.
 */
public enum Fault {
  /**
   * The document is genuine but binds another TLS key than the connection's, as when somebody in
   * the middle relays the evidence of an honest enclave: "USER_DATA_MISMATCH", or
   * "PUBLIC_KEY_MISMATCH" with {@link FakeEnclave.Binding#PUBLIC_KEY}.
   */
  OTHER_KEY,
  /** The document binds no key at all; refused as {@link #OTHER_KEY} is. */
  NO_KEY,
  /** The document answers another nonce, as a recorded one does: "NONCE_MISMATCH". */
  OTHER_NONCE,
  /** The document was signed an hour ago: "TOO_OLD". */
  STALE,
  /** PCR0, PCR1 and PCR2 are those of another image: "MEASUREMENT_MISMATCH". */
  OTHER_IMAGE,
  /** The enclave runs in debug mode, so PCR0, PCR1, PCR2 and PCR8 are zero: "DEBUG_MODE". */
  DEBUG_MODE,
  /** Every register is zero, which no Nitro enclave can have: "DEBUG_MODE". */
  ZERO_PCRS,
  /** The signature is 96 zero bytes: "SIGNATURE_ENCODING". */
  UNSIGNED,
  /** The signature is not one of the leaf's over this document: "DOCUMENT_SIGNATURE". */
  FORGED,
  /** The chain ends in a root that nobody trusts: "UNTRUSTED_ROOT". */
  OTHER_ROOT,
  /** The certificate that signed expired an hour ago: "CERTIFICATE_EXPIRED". */
  EXPIRED_CERTIFICATE,
  /** Bytes that are no document: "MALFORMED_CBOR". */
  GARBAGE,
  /** A mebibyte of zeroes, more than a client should read. */
  HUGE,
  /** HTTP 404 instead of a document. */
  NO_EVIDENCE,
  /** No answer for as long as the fake enclave is open; a client's time limit must end it. */
  SILENT
}
