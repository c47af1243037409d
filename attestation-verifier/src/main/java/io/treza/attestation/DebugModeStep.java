package io.treza.attestation;

import java.util.OptionalInt;

/**
 * Step 13: the enclave was measured. In debug mode PCR0, PCR1 and PCR2 are zero while PCR3 and
 * PCR4 are not, so only those three are looked at (AWS user guide, "Attestation in debug mode").
 */
final class DebugModeStep {
  private DebugModeStep() {}

  static void check(AttestationDocument document, Expectation expectation) throws Refusal {
    OptionalInt unmeasured = document.firstUnmeasured();
    if (unmeasured.isPresent() && !expectation.debugModeAccepted()) {
      int index = unmeasured.getAsInt();
      throw new Refusal(
          Reason.DEBUG_MODE,
          "PCR0, PCR1 and PCR2 measured",
          "PCR" + index + (document.pcr(index).isEmpty() ? " absent" : " zero"));
    }
  }
}
