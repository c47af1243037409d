package io.treza.testkit;

import static io.treza.testkit.CertificateExtension.Usage.CRL_SIGN;
import static io.treza.testkit.CertificateExtension.Usage.DIGITAL_SIGNATURE;
import static io.treza.testkit.CertificateExtension.Usage.KEY_CERT_SIGN;
import static io.treza.testkit.CertificateExtension.Usage.NON_REPUDIATION;

/** The extensions of each level of a Nitro chain, in the order and criticality AWS uses. */
final class Profile {
  private Profile() {}

  static CertificateBuilder root(CertificateBuilder builder) {
    return builder
        .extension(CertificateExtension.basicConstraints(true))
        .subjectKeyIdentifier()
        .extension(CertificateExtension.keyUsage(true, DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN));
  }

  /** A regional authority (path length 2) or a zonal one (1). */
  static CertificateBuilder authority(CertificateBuilder builder, int pathLength, String crlUrl) {
    return builder
        .extension(CertificateExtension.basicConstraints(true, pathLength))
        .authorityKeyIdentifier()
        .subjectKeyIdentifier()
        .extension(CertificateExtension.keyUsage(true, DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN))
        .extension(CertificateExtension.crlDistributionPoint(crlUrl));
  }

  static CertificateBuilder instance(CertificateBuilder builder) {
    return builder
        .extension(CertificateExtension.basicConstraints(true, 0))
        .extension(CertificateExtension.keyUsage(true, KEY_CERT_SIGN))
        .subjectKeyIdentifier()
        .authorityKeyIdentifier();
  }

  static CertificateBuilder leaf(CertificateBuilder builder) {
    return builder
        .extension(CertificateExtension.basicConstraints(false))
        .extension(CertificateExtension.keyUsage(false, DIGITAL_SIGNATURE, NON_REPUDIATION));
  }
}
