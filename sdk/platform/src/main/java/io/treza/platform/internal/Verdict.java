package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.Rejection;
import io.treza.attestation.Step;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import java.util.List;
import java.util.Optional;

/**
 * The outcome of a verification in the words of the wire. Each flag is true only if the step that
 * establishes it was taken and passed, and trust is high only for hardware.
 */
record Verdict(
    boolean valid, boolean nonceGiven, List<Step> passed, String trustLevel, String remark) {

  /**
   * The verdict on a document.
   *
   * @param moduleId whose document it must be, if that is known
   */
  static Verdict of(VerificationResult result, boolean nonceGiven, Optional<String> moduleId) {
    if (result instanceof Rejection rejection) {
      String remark = rejection + ". " + rejection.reason().remedy();
      return new Verdict(false, nonceGiven, rejection.passed(), "LOW", remark);
    }
    VerifiedAttestation attested = (VerifiedAttestation) result;
    if (moduleId.filter(id -> !id.equals(attested.moduleId())).isPresent()) {
      String remark = "The document is of another enclave, " + attested.moduleId()
          + ". This one is " + moduleId.get();
      return new Verdict(false, nonceGiven, attested.steps(), "LOW", remark);
    }
    boolean simulated = attested.anchor().simulated();
    return new Verdict(
        true,
        nonceGiven,
        attested.steps(),
        simulated ? "LOW" : "HIGH",
        (simulated ? "Simulated: no hardware stands behind this. " : "")
            + "This is the platform's word; verify the document yourself");
  }

  /** As the answer to a request for evidence has it. */
  ObjectNode summary() {
    ObjectNode json = Json.object()
        .put("isValid", valid)
        .put("trustLevel", trustLevel)
        .put("verificationStatus", valid ? "VERIFIED" : "FAILED")
        .put("integrityScore", valid ? 100 : 0);
    if (!valid) {
      json.putArray("errors").add(remark);
    }
    return json;
  }

  /** As the answer to a request for verification has it. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("isValid", valid).put("trustLevel", trustLevel);
    json.putObject("verificationDetails")
        .put("pcrVerification", passed.contains(Step.MEASUREMENTS))
        .put("certificateChain", passed.contains(Step.CERTIFICATE_SIGNATURES))
        .put("timestampValid", passed.contains(Step.FRESHNESS))
        .put("nonceMatches", nonceGiven && passed.contains(Step.BINDINGS))
        .put("signatureValid", passed.contains(Step.SIGNATURE));
    // Nothing here checks these, so nothing here asserts them.
    json.putObject("complianceChecks")
        .put("soc2", false)
        .put("hipaa", false)
        .put("fips", false)
        .put("commonCriteria", false);
    json.put("riskScore", valid ? 0 : 100);
    json.putArray("recommendations").add(remark);
    return json;
  }
}
