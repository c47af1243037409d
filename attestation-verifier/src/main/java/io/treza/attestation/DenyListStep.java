package io.treza.attestation;

import io.treza.attestation.internal.x509.Certificate;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * Step 8: no certificate is one the relying party has denied. AWS publishes revocation lists only
 * for some levels and over the network; this is the relying party's own, by issuer and serial.
 */
final class DenyListStep {
  private DenyListStep() {}

  static void check(Chain chain, Set<DeniedCertificate> denied) throws Refusal {
    if (denied.isEmpty()) {
      return;
    }
    for (int i = 0; i < chain.certificates().size(); i++) {
      Certificate certificate = chain.certificates().get(i);
      DeniedCertificate candidate = new DeniedCertificate(issuer(chain, i), certificate.serial());
      if (denied.contains(candidate)) {
        throw new Refusal(
            Reason.CERTIFICATE_DENIED,
            "no denied certificate",
            chain.name(i) + ", serial " + certificate.serial().toString(16));
      }
    }
  }

  /** Nothing here is authentic yet, and the JDK reads fewer names than Bouncy Castle does. */
  private static X500Principal issuer(Chain chain, int place) throws Refusal {
    try {
      return new X500Principal(chain.certificates().get(place).issuer());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Reason.CERTIFICATE_MALFORMED,
          "an issuer name that can be compared with denied ones",
          "another in " + chain.name(place));
    }
  }
}
