package io.treza.sdk;

import java.time.Instant;
import java.util.Optional;

/**
 * The platform's own verdict on an enclave. The hosted one follows from the status alone; it is
 * here to be shown or logged, never to be relied on.
 *
 * @param enclaveId the enclave
 * @param claimedVerified what the platform says
 * @param status where the platform says the enclave is
 * @param trustLevel the platform's word, for example {@code HIGH}
 * @param lastVerified when the platform says it looked
 */
public record VerificationClaim(
    String enclaveId,
    boolean claimedVerified,
    EnclaveStatus status,
    Optional<String> trustLevel,
    Optional<Instant> lastVerified) {

  static VerificationClaim read(Fields fields) {
    return new VerificationClaim(
        fields.required("enclaveId"),
        fields.flag("isVerified"),
        new EnclaveStatus(fields.required("status")),
        fields.text("trustLevel"),
        fields.instant("lastVerified"));
  }
}
