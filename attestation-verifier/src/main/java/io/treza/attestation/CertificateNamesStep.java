package io.treza.attestation;

/**
 * Step 6: each certificate's issuer is the subject before it, compared as DER (RFC 5280 section
 * 6.1.3 (a)(4)).
 */
final class CertificateNamesStep {
  private CertificateNamesStep() {}

  static void check(Chain chain) throws Refusal {
    for (int i = 1; i < chain.certificates().size(); i++) {
      if (!chain.certificates().get(i).namesAsIssuer(chain.certificates().get(i - 1))) {
        throw new Refusal(
            Reason.NAME_CHAINING,
            chain.name(i - 1) + " as issuer of " + chain.name(i),
            "another issuer name");
      }
    }
  }
}
