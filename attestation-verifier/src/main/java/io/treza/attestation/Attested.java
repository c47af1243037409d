package io.treza.attestation;

import java.util.List;
import java.util.Optional;

/**
 * What the steps established about a document, for {@link VerifiedAttestation} and {@link
 * AuditedAttestation} to present.
 */
record Attested(
    AttestationDocument document,
    TrustAnchor anchor,
    Identity identity,
    Optional<Measurements> measurements,
    List<Step> steps) {}
