package io.treza.attestation;

import io.treza.attestation.internal.Text;
import io.treza.attestation.internal.crypto.VerifiedLinks;
import io.treza.attestation.internal.crypto.VerifiedLinks.Link;
import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.MalformedCertificateException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Step 4: the chain is [root, issuers…, leaf] in bundle order, and its root is a pinned one byte
 * for byte (AWS, Attestation process, section 3.2.3.1). Never found by name, never reordered.
 */
final class AnchorStep {
  private AnchorStep() {}

  static Chain build(AttestationDocument document, List<TrustAnchor> anchors, VerifiedLinks links)
      throws Refusal {
    List<byte[]> encoded = document.chain();
    TrustAnchor anchor = anchor(encoded.get(0), anchors);

    List<Certificate> certificates = new ArrayList<>(List.of(anchor.parsed()));
    List<Optional<PublicKey>> keys = new ArrayList<>(List.of(Optional.empty()));
    for (int i = 1; i < encoded.size(); i++) {
      byte[] issuer = certificates.get(i - 1).sha256();
      Optional<Link> link = links.find(issuer, Certificate.sha256(encoded.get(i)));
      certificates.add(
          link.isPresent() ? link.get().subject() : parse(encoded.get(i), i, encoded.size()));
      keys.add(link.map(Link::key));
    }
    return new Chain(anchor, List.copyOf(certificates), List.copyOf(keys));
  }

  private static TrustAnchor anchor(byte[] root, List<TrustAnchor> anchors) throws Refusal {
    for (TrustAnchor anchor : anchors) {
      if (anchor.is(root)) {
        return anchor;
      }
    }
    throw new Refusal(
        Reason.UNTRUSTED_ROOT,
        "one of " + anchors,
        "a root with SHA-256 " + Text.hex(Certificate.sha256(root)));
  }

  private static Certificate parse(byte[] der, int index, int count) throws Refusal {
    try {
      return Certificate.parse(der);
    } catch (MalformedCertificateException e) {
      throw new Refusal(
          Reason.CERTIFICATE_MALFORMED,
          "one X.509 certificate in canonical DER",
          e.found() + " in " + (index == count - 1 ? "certificate" : "cabundle[" + index + "]"));
    }
  }
}
