package io.treza.attestation.internal.x509;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1UTCTime;

/**
 * Reads the two forms of time that certificates have (RFC 5280 section 4.1.2.5), both in UTC and to
 * the second: YYMMDDHHMMSSZ, which means 1950 to 2049, and YYYYMMDDHHMMSSZ.
 *
 * <p>Bouncy Castle does it with SimpleDateFormat, which is a good part of all parsing and, being
 * lenient, takes a month 13 for next January.
 */
final class CertificateTime {
  private static final int DIGITS = 14;

  private CertificateTime() {}

  static Instant read(ASN1Primitive time) throws MalformedCertificateException {
    String text;
    if (time instanceof ASN1UTCTime utc) {
      String shortYear = utc.toString();
      text = (shortYear.compareTo("50") < 0 ? "20" : "19") + shortYear;
    } else {
      text = ASN1GeneralizedTime.getInstance(time).getTimeString();
    }
    if (text.length() != DIGITS + 1 || text.charAt(DIGITS) != 'Z') {
      throw malformed();
    }
    try {
      return LocalDateTime.of(
              100 * twoDigits(text, 0) + twoDigits(text, 2),
              twoDigits(text, 4),
              twoDigits(text, 6),
              twoDigits(text, 8),
              twoDigits(text, 10),
              twoDigits(text, 12))
          .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw malformed();
    }
  }

  private static int twoDigits(String text, int at) throws MalformedCertificateException {
    int tens = text.charAt(at) - '0';
    int ones = text.charAt(at + 1) - '0';
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) {
      throw malformed();
    }
    return 10 * tens + ones;
  }

  private static MalformedCertificateException malformed() {
    return new MalformedCertificateException("a time that is not in UTC to the second");
  }
}
