package io.treza.sigstore;

import dev.sigstore.encryption.certificates.Certificates;
import dev.sigstore.fulcio.client.FulcioVerificationException;
import dev.sigstore.fulcio.client.FulcioVerifier;
import dev.sigstore.trustroot.CertificateAuthority;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * Checks that a certificate authority of the trusted root issued the signer's certificate for
 * signing, and that a certificate transparency log has it. Whether it was valid itself when it
 * signed is for {@link SignedAtStep}.
 */
final class CertificateStep {
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

  private final SigstoreTrustedRoot root;
  private final FulcioVerifier fulcio;
  private final boolean transparency;

  CertificateStep(SigstoreTrustedRoot root, boolean transparency) {
    this.root = root;
    this.transparency = transparency;
    try {
      this.fulcio = FulcioVerifier.newFulcioVerifier(root);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("trusted root: " + e.getMessage(), e);
    }
  }

  X509Certificate check(CertPath chain) throws Refused {
    X509Certificate leaf = Certificates.getLeaf(chain);
    requireChain(chain, leaf.getNotBefore().toInstant(), BundleReason.CERTIFICATE);
    try {
      List<String> usages = leaf.getExtendedKeyUsage();
      if (leaf.getBasicConstraints() >= 0 || usages == null || !usages.contains(CODE_SIGNING)) {
        throw new Refused(BundleReason.CERTIFICATE, "the certificate is not one for signing code");
      }
    } catch (GeneralSecurityException e) {
      throw new Refused(BundleReason.CERTIFICATE, "key usage cannot be read: " + e.getMessage(), e);
    }
    if (transparency) {
      try {
        fulcio.verifySigningCertificate(chain);
      } catch (FulcioVerificationException | IOException | RuntimeException e) {
        throw new Refused(BundleReason.CERTIFICATE_TRANSPARENCY, String.valueOf(e.getMessage()), e);
      }
    }
    return leaf;
  }

  /**
   * Checks that every certificate above was valid when it signed, too, and that the authority still
   * was one: whoever has an old authority's key can issue a certificate that begins in its days and
   * lives long after them.
   */
  void checkAt(CertPath chain, List<Instant> signedAt) throws Refused {
    for (Instant time : signedAt) {
      requireChain(chain, time, BundleReason.SIGNED_AT);
    }
  }

  private void requireChain(CertPath chain, Instant time, BundleReason reason) throws Refused {
    List<String> complaints = new ArrayList<>();
    for (CertificateAuthority authority : CertificateAuthority.find(root.getCAs(), time)) {
      try {
        PKIXParameters parameters = new PKIXParameters(Set.of(authority.asTrustAnchor()));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(time));
        CertPath whole = Certificates.isSelfSigned(chain)
            ? chain
            : Certificates.append(authority.getCertPath(), chain);
        CertPathValidator.getInstance("PKIX").validate(whole, parameters);
        return;
      } catch (GeneralSecurityException | RuntimeException e) {
        complaints.add(authority.getUri() + ": " + e.getMessage());
      }
    }
    throw new Refused(
        reason,
        complaints.isEmpty()
            ? "no authority of the trusted root was valid at " + time
            : String.join("; ", complaints));
  }
}
