package io.treza.attestation;

import java.util.Optional;

/**
 * Step 16: region, role (PCR3), instance (PCR4), enclave and image signer (PCR8) are the expected
 * ones, each register computed from its own input (AWS user guide, "Where to get PCRs").
 */
final class OriginStep {
  private OriginStep() {}

  static void check(AttestationDocument document, Identity identity, Expectation expectation)
      throws Refusal {
    checkEqual(Reason.REGION_MISMATCH, expectation.region(), identity.region());
    checkEqual(Reason.INSTANCE_ID_MISMATCH, expectation.instanceId(), identity.instanceId());
    checkEqual(Reason.ENCLAVE_MISMATCH, expectation.moduleId(), document.moduleId());
    checkPcr(
        Reason.INSTANCE_ID_MISMATCH,
        4,
        expectation.instanceId().map(IdentityStep::instancePcr),
        document);
    checkPcr(Reason.ROLE_MISMATCH, 3, expectation.rolePcr(), document);
    checkPcr(Reason.SIGNING_CERTIFICATE_MISMATCH, 8, expectation.signerPcr(), document);
  }

  private static void checkEqual(Reason reason, Optional<String> expected, String found)
      throws Refusal {
    if (expected.isPresent() && !expected.get().equals(found)) {
      throw new Refusal(reason, expected.get(), found);
    }
  }

  private static void checkPcr(
      Reason reason, int index, Optional<PcrValue> expected, AttestationDocument document)
      throws Refusal {
    if (expected.isPresent() && !expected.equals(document.pcr(index))) {
      throw new Refusal(
          reason,
          "PCR" + index + "=" + expected.get(),
          document.pcr(index).map(PcrValue::toString).orElse("absent"));
    }
  }
}
