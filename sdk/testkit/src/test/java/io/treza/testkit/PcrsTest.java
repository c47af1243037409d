package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PcrsTest {
  /** AWS Nitro Enclaves user guide, "Where to get an enclave's measurements", PCR3. */
  @Test
  void pcr3IsTheOneOfAwsExample() {
    assertEquals(
        "78fce75db17cd4e0a3fb8dad3ad128ca5e77edbb2b2c7f75"
            + "329dccd99aa5f6ef4fc1f1a452e315b9e98f9e312e6921e6",
        HexFormat.of().formatHex(Pcrs.ofRole("arn:aws:iam::123456789012:role/Webserver")));
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
