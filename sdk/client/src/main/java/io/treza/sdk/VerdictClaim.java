package io.treza.sdk;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The platform's verdict on an enclave, in full. It is the word of whoever runs the platform, and
 * proves nothing; {@link TrezaClient#verifyAttestation} does.
 *
 * @param claimedValid what the platform says
 * @param trustLevel the platform's word, for example {@code HIGH}
 * @param details what it says it checked, by its names
 * @param complianceChecks what it says of standards, by its names
 * @param riskScore the platform's figure
 * @param recommendations sentences for people
 * @param verifiedAt when the platform says it looked
 */
public record VerdictClaim(
    boolean claimedValid,
    Optional<String> trustLevel,
    Map<String, Object> details,
    Map<String, Object> complianceChecks,
    OptionalInt riskScore,
    List<String> recommendations,
    Optional<Instant> verifiedAt) {

  static VerdictClaim read(Fields fields) {
    return new VerdictClaim(
        fields.flag("isValid"),
        fields.text("trustLevel"),
        fields.map("verificationDetails"),
        fields.map("complianceChecks"),
        fields.integer("riskScore"),
        fields.texts("recommendations"),
        fields.instant("verifiedAt"));
  }
}
