package io.treza.attestation;

import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.VerifiedLinks;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a verifier was built with, for its steps. */
record Settings(
    List<TrustAnchor> anchors,
    Duration maxAge,
    Duration clockSkew,
    Limits limits,
    EcdsaP384 ecdsa,
    VerifiedLinks links,
    Set<DeniedCertificate> denied) {}
