package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DocumentBuilderTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:15:30.123Z");
  private static final DevelopmentRoot ROOT =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.fixed(NOW));

  private static CertificateChain chain() {
    return CertificateChain.builder(ROOT).clock(InstantSource.fixed(NOW)).build();
  }

  @Test
  void theDefaultDocumentIsSignedByItsLeaf() {
    DecodedDocument document = DecodedDocument.read(DocumentBuilder.of(chain()).build());
    assertTrue(document.signedByLeaf());
  }

  @Test
  void theJdkValidatesTheDefaultChain() throws Exception {
    DecodedDocument document = DecodedDocument.read(DocumentBuilder.of(chain()).build());
    List<X509Certificate> path = new ArrayList<>(document.certificates());
    Collections.reverse(path);
    X509Certificate root = path.remove(path.size() - 1);
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    assertEquals(4, path.size());
  }
}
