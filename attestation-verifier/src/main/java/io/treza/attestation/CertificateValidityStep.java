package io.treza.attestation;

import io.treza.attestation.internal.x509.Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * Step 7: every certificate, root included, is valid at one moment (AWS, Attestation process,
 * section 3.2.3.2; RFC 5280 section 4.1.2.5, both ends included).
 *
 * <p>Skew forgives only a leaf that begins slightly in the future: a real leaf is often 0.1 s
 * older than its document. It never revives an expired certificate.
 */
final class CertificateValidityStep {
  private CertificateValidityStep() {}

  static void check(Chain chain, Instant at, Duration skew) throws Refusal {
    int leaf = chain.certificates().size() - 1;
    for (int i = 0; i <= leaf; i++) {
      Certificate certificate = chain.certificates().get(i);
      Duration early = Duration.between(at, certificate.notBefore());
      if (early.compareTo(i == leaf ? skew : Duration.ZERO) > 0) {
        throw new Refusal(
            Reason.CERTIFICATE_NOT_YET_VALID,
            chain.name(i) + " valid at " + at,
            "valid from " + certificate.notBefore());
      }
      if (at.isAfter(certificate.notAfter())) {
        throw new Refusal(
            Reason.CERTIFICATE_EXPIRED,
            chain.name(i) + " valid at " + at,
            "valid until " + certificate.notAfter());
      }
    }
  }
}
