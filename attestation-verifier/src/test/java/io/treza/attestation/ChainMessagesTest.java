package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.VerifiedLinks;
import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.CertificateExtension;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A refused chain says which certificate it is, and a verified one is remembered link by link. */
class ChainMessagesTest {
  private static Rejection rejection(Level level, Consumer<CertificateBuilder> change) {
    return (Rejection) new Trial().certificate(level, change).judge();
  }

  private static void assertFound(
      String beginning, String end, Level level, Consumer<CertificateBuilder> change) {
    String found = rejection(level, change).found();
    assertTrue(found.startsWith(beginning) && found.endsWith(end), found);
  }

  @Test
  void ofBasicConstraints() {
    assertFound(
        "no basicConstraints in cabundle[1] (CN=\"",
        ")",
        Level.REGIONAL,
        c -> c.withoutExtension(CertificateExtension.BASIC_CONSTRAINTS));
    assertFound(
        "not critical CA:TRUE in cabundle[2]",
        ")",
        Level.ZONAL,
        c -> c.extension(CertificateExtension.basicConstraints(true).critical(false)));
    assertFound(
        "critical CA:FALSE pathlen:7 in the leaf certificate",
        "",
        Level.LEAF,
        c -> c.extension(CertificateExtension.basicConstraints(false, 7)));
  }

  @Test
  void ofMalformedCertificates() {
    Consumer<CertificateBuilder> trailing =
        c -> c.encoding(der -> Arrays.copyOf(der, der.length + 1));
    assertFound("no X.509 certificate: ", " in cabundle[3]", Level.INSTANCE, trailing);
    assertFound("no X.509 certificate: ", " in certificate", Level.LEAF, trailing);
  }

  @Test
  void ofKeysBesideTheCurve() {
    Rejection rejection = rejection(Level.ROOT, c -> c.publicKeyInfo(LinkFaultsTest.offCurve()));
    assertEquals(Reason.CERTIFICATE_ALGORITHM, rejection.reason());
    assertEquals(
        "a public key on P-384 in cabundle[0] (CN=\"simulated.nitro-enclaves\")",
        rejection.expected());
  }

  @Test
  void verifiedLinksAreFoundAgain() throws AttestationRejectedException, Refusal {
    AttestationDocument document = AttestationDocument.parse(new Trial().build());
    List<TrustAnchor> anchors =
        List.of(TrustAnchor.development("root", Trial.ROOT.certificate().der()));
    VerifiedLinks links = new VerifiedLinks(10);
    Chain first = AnchorStep.build(document, anchors, links);
    assertTrue(first.knownKeys().stream().allMatch(Optional::isEmpty));
    CertificateSignaturesStep.check(first, new EcdsaP384(Trial.PROVIDER), links);
    assertEquals(4, links.size());
    Chain second = AnchorStep.build(document, anchors, links);
    assertTrue(second.knownKeys().stream().skip(1).allMatch(Optional::isPresent));
  }
}
