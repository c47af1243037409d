package io.treza.attestation;

import java.util.List;

/**
 * What the steps established about a document, for {@link VerifiedAttestation} and {@link
 * AuditedAttestation} to present.
 */
record Attested(
    AttestationDocument document,
    TrustAnchor anchor,
    Identity identity,
    MeasurementsStep.Match match,
    List<Step> steps) {}
