package io.treza.attestation.internal.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The two forms of time of RFC 5280 section 4.1.2.5, and no other. */
class CertificateTimeTest {
  private static ASN1Primitive time(String text) {
    int digits = text.replaceAll("[^0-9].*", "").length();
    return digits < 14 ? new ASN1UTCTime(text) : new ASN1GeneralizedTime(text);
  }

  @ParameterizedTest
  @CsvSource({
    "191028132805Z, 2019-10-28T13:28:05Z",
    "000229235959Z, 2000-02-29T23:59:59Z",
    "491231235959Z, 2049-12-31T23:59:59Z",
    "500101000000Z, 1950-01-01T00:00:00Z",
    "20500101000000Z, 2050-01-01T00:00:00Z",
    "99991231235959Z, 9999-12-31T23:59:59Z",
  })
  void readsUtcToTheSecond(String text, Instant expected) throws MalformedCertificateException {
    assertEquals(expected, CertificateTime.read(time(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "191328132805Z",
        "190229132805Z",
        "191028240000Z",
        "191028136005Z",
        "191028132860Z",
        "1910281328Z",
        "191028132805+0100",
        "191028132805+0000",
        "20501301000000Z",
        "20500101000000",
        "20500101000000.5Z",
        "20500101000000+0100",
      })
  void refusesEveryOtherTime(String text) {
    assertThrows(MalformedCertificateException.class, () -> CertificateTime.read(time(text)));
  }
}
