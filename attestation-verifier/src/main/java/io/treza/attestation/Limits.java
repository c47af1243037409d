package io.treza.attestation;

/**
 * How large a document may be before anything looks inside.
 *
 * @param documentBytes whole COSE_Sign1 structure
 * @param certificates certificates in the bundle, root included
 */
record Limits(int documentBytes, int certificates) {
  /** AWS's payload limit (Attestation process, section 3.1). */
  static final int PAYLOAD_BYTES = 16_384;

  /** End of the year 9999; AWS sets no limit, but later values overflow date arithmetic. */
  static final long LAST_TIMESTAMP_MILLIS = 253_402_300_799_999L;

  /** AWS's payload with its framing; real bundles have 4 certificates. */
  static final Limits DEFAULT = new Limits(PAYLOAD_BYTES + 256, 10);
}
