package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.TestCertificate;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The embedded roots are the published ones, and others say what may stand under them. */
class TrustAnchorTest {
  private static final TestCertificate ROOT = Trial.ROOT.certificate();

  @Test
  void embeddedRootsHaveThePublishedFingerprints() {
    assertEquals(
        "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b",
        TrustAnchor.awsCommercial().fingerprint());
    assertEquals(
        "20bcd30a3e168ea03789e1c45912bc123c4de3c977b8a6e1c125c7929d668b3b",
        TrustAnchor.awsGovCloud().fingerprint());
  }

  @Test
  void embeddedRootsAreThoseThatAwsPublishes() throws IOException {
    assertArrayEquals(
        TrustAnchor.ofRoot(
                "G1", Files.readAllBytes(Requirement.shared("attestation/aws-nitro-root-g1.pem")))
            .certificate(),
        TrustAnchor.awsCommercial().certificate());
    assertArrayEquals(
        TrustAnchor.ofRoot(
                "Gov",
                Files.readAllBytes(Requirement.shared("attestation/aws-us-gov-nitro-root.pem")))
            .certificate(),
        TrustAnchor.awsGovCloud().certificate());
  }

  @Test
  void profilesFollowTheRoot() {
    assertFalse(TrustAnchor.awsCommercial().simulated());
    assertEquals("aws", TrustAnchor.awsCommercial().profile().partition());
    assertEquals("aws-us-gov", TrustAnchor.awsGovCloud().profile().partition());
    assertEquals(
        "aws-us-gov",
        TrustAnchor.ofRoot("x", TrustAnchor.awsGovCloud().certificate())
            .profile()
            .partition());
    assertTrue(TrustAnchor.development("x", ROOT.der()).simulated());
    assertTrue(TrustAnchor.ofRoot("x", ROOT.der()).simulated());
  }

  /** Whoever calls AWS's own root a development root gets no AWS names under it. */
  @Test
  void developmentRootsTakeOnlySimulatedNames() {
    assertTrue(
        TrustAnchor.development("x", TrustAnchor.awsCommercial().certificate()).simulated());
  }

  @Test
  void readsDerAndPem() {
    byte[] pem = ROOT.pem().getBytes(StandardCharsets.US_ASCII);
    assertArrayEquals(ROOT.der(), TrustAnchor.development("x", pem).certificate());
    assertArrayEquals(ROOT.der(), TrustAnchor.development("x", ROOT.der()).certificate());
  }

  @Test
  void refusesWhatIsNoCertificate() {
    for (byte[] bytes :
        new byte[][] {{}, {0x30, 0}, Arrays.copyOf(ROOT.der(), ROOT.der().length + 1)}) {
      assertThrows(IllegalArgumentException.class, () -> TrustAnchor.development("x", bytes));
      assertThrows(IllegalArgumentException.class, () -> TrustAnchor.ofRoot("x", bytes));
    }
  }

  @Test
  void equalAnchorsTrustTheSame() {
    assertEquals(TrustAnchor.awsCommercial(), TrustAnchor.awsCommercial());
    assertEquals(
        TrustAnchor.awsCommercial().hashCode(), TrustAnchor.awsCommercial().hashCode());
    assertNotEquals(TrustAnchor.awsCommercial(), TrustAnchor.awsGovCloud());
    byte[] root = TrustAnchor.awsCommercial().certificate();
    assertNotEquals(TrustAnchor.ofRoot("x", root), TrustAnchor.ofRoot("y", root));
    assertNotEquals(TrustAnchor.ofRoot("x", root), TrustAnchor.development("x", root));
  }

  @Test
  void copiesItsCertificate() {
    byte[] der = ROOT.der();
    TrustAnchor anchor = TrustAnchor.development("mine", der);
    der[0] = 0;
    anchor.certificate()[0] = 0;
    assertArrayEquals(ROOT.der(), anchor.certificate());
    assertEquals("mine", anchor.name());
    assertEquals("mine", anchor.toString());
  }
}
