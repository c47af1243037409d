package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Obtains evidence for a fresh nonce, from the source that was chosen or the platform. */
final class EvidenceCheck {
  private final AttestationVerifier verifier;
  private final Optional<EvidenceSource> source;
  private final SecureRandom random = new SecureRandom();

  EvidenceCheck(AttestationVerifier verifier, Optional<EvidenceSource> source) {
    this.verifier = verifier;
    this.source = source;
  }

  VerifiedAttestation verify(
      Rest platform,
      String enclaveId,
      Expectation.NonceStage measurements,
      UnaryOperator<Expectation.Builder> more)
      throws AttestationRejectedException {
    EvidenceSource from = source(platform);
    byte[] nonce = new byte[from.nonceBytes()];
    random.nextBytes(nonce);
    Expectation expectation = more.apply(measurements.nonce(nonce)).build();
    return verifier.verifyOrThrow(obtained(from, enclaveId, nonce.clone()), expectation);
  }

  /** The source that was chosen, or the platform. */
  EvidenceSource source(Rest platform) {
    return source.orElse((id, nonce) -> ofPlatform(platform, id, nonce));
  }

  private static byte[] obtained(EvidenceSource source, String enclaveId, byte[] nonce) {
    try {
      return source.evidence(enclaveId, nonce);
    } catch (IOException e) {
      throw new TrezaException.Network(
          "the evidence source for " + enclaveId + " failed: " + e.getMessage(), e);
    }
  }

  private static byte[] ofPlatform(Rest platform, String enclaveId, byte[] nonce) {
    return new EnclaveApi(platform)
        .attestation(enclaveId, Optional.of(HexFormat.of().formatHex(nonce)))
        .document()
        .orElseThrow(() -> new TrezaException.NoEvidence(enclaveId));
  }
}
