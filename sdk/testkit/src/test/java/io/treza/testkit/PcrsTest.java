package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PcrsTest {
  /** The worked example of AWS's user guide, of which the project's facts keep both ends. */
  @Test
  void pcr3IsTheOneOfAwsExample() {
    String hex = HexFormat.of().formatHex(Pcrs.ofRole("arn:aws:iam::123456789012:role/Webserver"));
    assertEquals(96, hex.length());
    assertTrue(hex.startsWith("78fce75d"), hex);
    assertTrue(hex.endsWith("6921e6"), hex);
  }

  @Test
  void pcr4IsTheOneInEveryRealDocument() {
    for (DecodedDocument document : RealDocuments.all()) {
      String instanceId = document.moduleId().split("-enc")[0];
      assertArrayEquals(document.pcr(4), Pcrs.ofInstance(instanceId), document.moduleId());
    }
  }

  @Test
  void pcr8HashesTheCertificateBeforeItExtends() throws Exception {
    byte[] der = "any certificate".getBytes(US_ASCII);
    MessageDigest sha384 = MessageDigest.getInstance("SHA-384");
    byte[] inner = sha384.digest(der);
    sha384.update(new byte[48]);
    assertArrayEquals(sha384.digest(inner), Pcrs.ofSigningCertificate(der));
  }
}
