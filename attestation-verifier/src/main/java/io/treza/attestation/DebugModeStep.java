package io.treza.attestation;

import java.util.Optional;

/**
 * Step 13: the enclave was measured. In debug mode PCR0, PCR1 and PCR2 are zero while PCR3 and
 * PCR4 are not, so only those three are looked at (AWS user guide, "Attestation in debug mode").
 */
final class DebugModeStep {
  private DebugModeStep() {}

  static void check(AttestationDocument document, Expectation expectation) throws Refusal {
    if (expectation.debugModeAccepted()) {
      return;
    }
    for (int index = 0; index <= 2; index++) {
      Optional<PcrValue> pcr = document.pcr(index);
      if (pcr.isEmpty() || pcr.get().isZero()) {
        throw new Refusal(
            Reason.DEBUG_MODE,
            "PCR0, PCR1 and PCR2 measured",
            "PCR" + index + (pcr.isEmpty() ? " absent" : " zero"));
      }
    }
  }
}
