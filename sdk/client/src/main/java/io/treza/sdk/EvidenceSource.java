package io.treza.sdk;

import java.io.IOException;
import java.net.URI;

/**
 * Where attestation documents come from. A source is not trusted: a wrong document is refused when
 * it is verified.
 */
@FunctionalInterface
public interface EvidenceSource {
  /**
   * Obtains a document about an enclave that carries this nonce.
   *
   * @param enclaveId the platform's id of the enclave
   * @param nonce 1 to 1024 bytes
   * @return COSE_Sign1 bytes, as received
   * @throws IOException if the source cannot be reached; callers see {@link TrezaException.Network}
   * @throws TrezaException if it answers with anything but a document
   */
  byte[] evidence(String enclaveId, byte[] nonce) throws IOException;

  /**
   * Asks the workload itself: {@code GET endpoint?nonce=<lower-case hex>}, answered with the
   * document as {@code application/cbor} or {@code application/octet-stream}, or in base64 as
   * {@code text/plain}. No more than 64 KiB are read, no redirect is followed, and the platform's
   * credentials are not sent.
   *
   * @param endpoint http or https; other query parameters are kept
   * @throws IllegalArgumentException if it is neither
   */
  static EvidenceSource http(URI endpoint) {
    return new HttpEvidenceSource(endpoint);
  }
}
