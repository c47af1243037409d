package io.treza.attestation.reference;

/**
 * Reference values from a file that {@link ReferenceValuesVerifier} accepted.
 *
 * @param signer who signed the file, for logs: a key's fingerprint or an identity
 */
public record VerifiedReferenceValues(ReferenceValues values, String signer) {}
