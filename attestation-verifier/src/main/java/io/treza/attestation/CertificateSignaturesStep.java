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
      verify(chain, i, issuerKey.isPresent() ? issuerKey.get() : key(chain, i - 1, ecdsa), ecdsa);
      PublicKey key = key(chain, i, ecdsa);
      links.add(issuer.sha256(), new Link(chain.certificates().get(i), key));
      issuerKey = Optional.of(key);
    }
    return issuerKey.orElseThrow();
  }

  private static void verify(Chain chain, int place, PublicKey issuerKey, EcdsaP384 ecdsa)
      throws Refusal {
    Certificate subject = chain.certificates().get(place);
    try {
      List<BigInteger> rs = subject.signature();
      if (!ecdsa.verifies(issuerKey, subject.signedPart(), rs.get(0), rs.get(1))) {
        throw new Refusal(
            Reason.CERTIFICATE_SIGNATURE,
            "its issuer's signature on " + chain.name(place),
            "another");
      }
    } catch (MalformedCertificateException e) {
      throw new Refusal(
          Reason.CERTIFICATE_SIGNATURE,
          "its issuer's signature on " + chain.name(place),
          e.found());
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a key made by this provider does not fit it", e);
    }
  }

  private static PublicKey key(Chain chain, int place, EcdsaP384 ecdsa) throws Refusal {
    try {
      return ecdsa.publicKey(chain.certificates().get(place).publicKeyInfo());
    } catch (InvalidKeyException e) {
      throw new Refusal(
          Reason.CERTIFICATE_ALGORITHM,
          "a public key on P-384 in " + chain.name(place),
          "a point beside it");
    }
  }
}
