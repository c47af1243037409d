package io.treza.attestation;

import io.treza.attestation.internal.Text;
import io.treza.attestation.internal.x509.Certificate;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * The certificates of a document in bundle order: root, issuers, leaf.
 *
 * @param anchor the pinned root that the first one is
 * @param certificates root first, leaf last
 * @param knownKeys for each certificate its public key, if its link to the one before is cached
 */
record Chain(
    TrustAnchor anchor, List<Certificate> certificates, List<Optional<PublicKey>> knownKeys) {
  Certificate leaf() {
    return certificates.get(certificates.size() - 1);
  }

  /** The certificate that issued the leaf: in a real document, the parent instance's. */
  Certificate leafIssuer() {
    return certificates.get(certificates.size() - 2);
  }

  /** What messages call the certificate at {@code index}. */
  String name(int index) {
    return index == certificates.size() - 1
        ? "the leaf certificate"
        : "cabundle[" + index + "] (CN=" + Text.quoted(certificates.get(index).commonName()) + ")";
  }
}
