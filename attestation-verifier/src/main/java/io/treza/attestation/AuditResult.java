package io.treza.attestation;

/**
 * The answer of {@link AttestationVerifier#audit}: genuine when it was signed, or rejected and
 * why.
 */
public sealed interface AuditResult permits AuditedAttestation, Rejection {}
