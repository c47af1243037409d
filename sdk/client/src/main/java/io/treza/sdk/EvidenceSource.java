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
   * @param nonce {@link #nonceBytes} bytes; what the document must carry
   * @return COSE_Sign1 bytes, as received
   * @throws IOException if the source cannot be reached; callers see {@link TrezaException.Network}
   * @throws TrezaException if it answers with anything but a document
   */
  byte[] evidence(String enclaveId, byte[] nonce) throws IOException;

  /**
   * How long a nonce it takes: 32 bytes unless it says otherwise, at most 1024. A source that takes
   * none says 0; its documents are as old as the verifier's maximum age allows.
   */
  default int nonceBytes() {
    return 32;
  }

  /**
   * Asks the workload itself: {@code GET endpoint?nonce=<lower-case hex>}, answered as {@link
   * EvidenceProtocol} says. No more than 64 KiB are read, no redirect is followed, and the
   * platform's credentials are not sent.
   *
   * @param endpoint http or https; other query parameters are kept
   * @throws IllegalArgumentException if it is neither
   */
  static EvidenceSource http(URI endpoint) {
    return HttpEvidenceSource.of(endpoint);
  }

  /**
   * Asks the workload itself by a protocol, within the bounds of {@link #http(URI)}.
   *
   * @param workload http or https, host and port
   * @throws IllegalArgumentException if it is neither, or more than that
   */
  static EvidenceSource http(URI workload, EvidenceProtocol protocol) {
    return new HttpEvidenceSource(workload, protocol);
  }
}
