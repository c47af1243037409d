package io.treza.attestation;

import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.VerifiedLinks;
import io.treza.attestation.internal.crypto.VerifiedLinks.Link;
import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.MalformedCertificateException;
import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * Step 9: each certificate, the leaf above all, is signed by the one before it (RFC 5280 section
 * 6.1.3 (a)(1)). The root is pinned, so its own signature says nothing and is not checked.
 *
 * <p>A link that verified before is not verified again; that a link is cached says nothing about
 * its validity or use, which the other steps judge on every call.
 */
final class CertificateSignaturesStep {
  private CertificateSignaturesStep() {}

  /** Returns the leaf's public key, by then known to be certified. */
  static PublicKey check(Chain chain, EcdsaP384 ecdsa, VerifiedLinks links) throws Refusal {
    Optional<PublicKey> issuerKey = Optional.empty();
    for (int i = 1; i < chain.certificates().size(); i++) {
      Optional<PublicKey> known = chain.knownKeys().get(i);
      if (known.isPresent()) {
        issuerKey = known;
        continue;
      }
      Certificate issuer = chain.certificates().get(i - 1);
      Certificate subject = chain.certificates().get(i);
      PublicKey verifiedBy =
          issuerKey.isPresent() ? issuerKey.get() : key(issuer, chain.name(i - 1), ecdsa);
      verify(subject, verifiedBy, chain.name(i), ecdsa);
      PublicKey key = key(subject, chain.name(i), ecdsa);
      links.add(issuer.sha256(), new Link(subject, key));
      issuerKey = Optional.of(key);
    }
    return issuerKey.orElseThrow();
  }

  private static void verify(Certificate subject, PublicKey issuerKey, String name, EcdsaP384 ecdsa)
      throws Refusal {
    try {
      List<BigInteger> rs = subject.signature();
      if (!ecdsa.verifies(issuerKey, subject.signedPart(), rs.get(0), rs.get(1))) {
        throw new Refusal(
            Reason.CERTIFICATE_SIGNATURE, "its issuer's signature on " + name, "another");
      }
    } catch (MalformedCertificateException e) {
      throw new Refusal(
          Reason.CERTIFICATE_SIGNATURE, "its issuer's signature on " + name, e.found());
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a key made by this provider does not fit it", e);
    }
  }

  private static PublicKey key(Certificate certificate, String name, EcdsaP384 ecdsa)
      throws Refusal {
    try {
      return ecdsa.publicKey(certificate.publicKeyInfo());
    } catch (InvalidKeyException e) {
      throw new Refusal(
          Reason.CERTIFICATE_ALGORITHM, "a public key on P-384 in " + name, "a point beside it");
    }
  }
}
