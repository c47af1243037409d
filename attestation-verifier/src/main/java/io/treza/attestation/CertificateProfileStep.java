package io.treza.attestation;

import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.Certificate.Constraints;
import java.math.BigInteger;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * Step 5: each certificate may do what it does in this chain (AWS, Attestation process, sections
 * 3.2.3.2 and 3.2.3.3; RFC 5280 sections 4.2.1.3, 4.2.1.9 and 6.1).
 */
final class CertificateProfileStep {
  private CertificateProfileStep() {}

  static void check(Chain chain) throws Refusal {
    int leaf = chain.certificates().size() - 1;
    for (int i = 0; i <= leaf; i++) {
      checkForm(chain, i);
      if (i == leaf) {
        checkLeaf(chain, i);
      } else {
        checkIssuer(chain, i);
      }
    }
  }

  private static void checkForm(Chain chain, int place) throws Refusal {
    Certificate certificate = chain.certificates().get(place);
    if (certificate.version() != 3) {
      throw new Refusal(
          Reason.CERTIFICATE_VERSION,
          "version 3",
          certificate.version() + " in " + chain.name(place));
    }
    if (!certificate.algorithmDeviation().isEmpty()) {
      throw new Refusal(
          Reason.CERTIFICATE_ALGORITHM,
          "ecdsa-with-SHA384 and secp384r1",
          certificate.algorithmDeviation() + " in " + chain.name(place));
    }
    if (!certificate.unknownCriticalExtensions().isEmpty()) {
      throw new Refusal(
          Reason.UNKNOWN_CRITICAL_EXTENSION,
          "no critical extensions but basicConstraints and keyUsage",
          certificate.unknownCriticalExtensions() + " in " + chain.name(place));
    }
  }

  private static void checkIssuer(Chain chain, int place) throws Refusal {
    Certificate certificate = chain.certificates().get(place);
    int issuersBelow = chain.certificates().size() - 2 - place;
    Optional<Constraints> constraints = certificate.basicConstraints();
    if (constraints.isEmpty()
        || !constraints.get().critical()
        || !constraints.get().ca()) {
      throw new Refusal(
          Reason.BASIC_CONSTRAINTS,
          "critical basicConstraints with CA:TRUE",
          describe(constraints) + " in " + chain.name(place));
    }
    Optional<BigInteger> pathLength = constraints.get().pathLength();
    if (pathLength.isPresent()
        && BigInteger.valueOf(issuersBelow).compareTo(pathLength.get()) > 0) {
      throw new Refusal(
          Reason.PATH_LENGTH,
          "at most " + pathLength.get() + " issuers below " + chain.name(place),
          Integer.toString(issuersBelow));
    }
    if (!certificate.hasKeyUsage(KeyUsage.keyCertSign)) {
      throw new Refusal(
          Reason.KEY_USAGE, "keyCertSign in " + chain.name(place), "keyUsage without it, or none");
    }
  }

  private static void checkLeaf(Chain chain, int place) throws Refusal {
    Certificate certificate = chain.certificates().get(place);
    Optional<Constraints> constraints = certificate.basicConstraints();
    if (constraints.isPresent()
        && (constraints.get().ca() || constraints.get().pathLength().isPresent())) {
      throw new Refusal(
          Reason.BASIC_CONSTRAINTS,
          "an end-entity certificate without a path length",
          describe(constraints) + " in " + chain.name(place));
    }
    if (!certificate.hasKeyUsage(KeyUsage.digitalSignature)) {
      throw new Refusal(
          Reason.KEY_USAGE,
          "digitalSignature in " + chain.name(place),
          "keyUsage without it, or none");
    }
  }

  private static String describe(Optional<Constraints> constraints) {
    return constraints
        .map(c -> (c.critical() ? "critical " : "not critical ")
            + (c.ca() ? "CA:TRUE" : "CA:FALSE")
            + c.pathLength().map(length -> " pathlen:" + length).orElse(""))
        .orElse("no basicConstraints");
  }
}
