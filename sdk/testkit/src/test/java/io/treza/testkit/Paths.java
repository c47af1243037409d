package io.treza.testkit;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Set;

/** Path validation (RFC 5280, 6) as the JDK does it. */
final class Paths {
  private Paths() {}

  /** Returns if the JDK accepts the chain with its first certificate as the anchor. */
  static void validate(CertificateChain chain, Instant at) throws GeneralSecurityException {
    List<X509Certificate> path =
        new ArrayList<>(chain.certificates().stream().map(TestCertificate::x509).toList());
    Collections.reverse(path);
    TrustAnchor anchor = new TrustAnchor(path.remove(path.size() - 1), null);
    PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
  }
}
