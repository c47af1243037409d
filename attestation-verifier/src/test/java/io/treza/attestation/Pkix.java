package io.treza.attestation;

import io.treza.testkit.CertificateExtension;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A document's chain as the JDK's path validation sees it, its own root taken for pinned. */
final class Pkix {
  private Pkix() {}

  /** Validates the chain at one moment, without revocation. */
  static void validate(AttestationDocument document, Instant at) throws GeneralSecurityException {
    List<X509Certificate> path =
        document.chain().stream().map(Pkix::x509).collect(Collectors.toList());
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new java.security.cert.TrustAnchor(path.remove(0), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    Collections.reverse(path);
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
  }

  /**
   * Where the JDK is stricter: if the first certificate has an authorityKeyIdentifier, it finds the
   * anchor by it. That extension helps to find issuers (RFC 5280 section 4.2.1.1) and has no part
   * in validation (section 6.1); the verifier has its root pinned and need not find it.
   */
  static boolean findsTheRoot(AttestationDocument document) {
    byte[] identifier = x509(document.chain().get(1))
        .getExtensionValue(CertificateExtension.AUTHORITY_KEY_IDENTIFIER);
    byte[] keyOfRoot = x509(document.chain().get(0))
        .getExtensionValue(CertificateExtension.SUBJECT_KEY_IDENTIFIER);
    // 04 18 30 16 80 14 and 04 16 04 14 in front of the same 20 bytes.
    return identifier == null || Arrays.equals(identifier, 6, 26, keyOfRoot, 4, 24);
  }

  /** The leaf's key as the JDK reads it. */
  static PublicKey leafKey(AttestationDocument document) {
    return x509(document.certificate()).getPublicKey();
  }

  private static X509Certificate x509(byte[] der) {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
