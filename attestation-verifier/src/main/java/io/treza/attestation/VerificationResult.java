package io.treza.attestation;

/** The answer of {@link AttestationVerifier#verify}: verified now, or rejected and why. */
public sealed interface VerificationResult permits VerifiedAttestation, Rejection {}
