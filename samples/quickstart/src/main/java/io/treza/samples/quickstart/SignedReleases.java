package io.treza.samples.quickstart;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.attestation.reference.SequenceStore;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TrustedKeys;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Both ends of reference values: a publisher that signs releases, a relying party that pins them. */
final class SignedReleases {
  private SignedReleases() {}

  /** The publisher's file for a new release beside those that are in service. */
  static byte[] publish(ReferenceValues previous, Release release, Instant now, Signer signer)
      throws SignatureException {
    ReferenceValues next = previous.toBuilder()
        .sequence(previous.sequence() + 1)
        .issuedAt(now)
        .expiresAt(now.plus(Duration.ofDays(90)))
        .release(release)
        .build();
    return next.sign(signer);
  }

  /** What the publisher knows of a release when it was built. */
  static Release describe(Measurements measurements, Release.Eif eif, Release.Image image) {
    return Release.builder(measurements).eif(eif).image(image).build();
  }

  /** The publisher's file without trust in a release. */
  static byte[] revoke(ReferenceValues previous, String name, Instant now, Signer signer)
      throws SignatureException {
    List<Release> releases = previous.releases().stream()
        .map(r -> r.name().equals(name) ? r.withStatus(ReleaseStatus.REVOKED) : r)
        .toList();
    return previous.toBuilder()
        .sequence(previous.sequence() + 1)
        .issuedAt(now)
        .expiresAt(now.plus(Duration.ofDays(90)))
        .releases(releases)
        .build()
        .sign(signer);
  }

  /** What a relying party keeps: whose files it accepts, and what it has accepted. */
  static ReferenceValuesVerifier accepting(byte[] publisherKeys, SequenceStore store) {
    return ReferenceValuesVerifier.builder(TrustedKeys.ofPem(publisherKeys), "payments")
        .minimumSequence(42)
        .sequenceStore(store)
        .build();
  }

  /** The release that a document is of, if it is in force and was audited as demanded. */
  static Release verify(
      ReferenceValuesVerifier files,
      byte[] file,
      AttestationVerifier verifier,
      byte[] document,
      byte[] nonce)
      throws ReferenceValuesException, AttestationRejectedException {
    ReferenceValues values = files.verify(file).values();
    Expectation expectation = Expectation.releases(values)
        .nonce(nonce)
        .requireAudit(Set.of("H01", "H04", "H07"), Duration.ofDays(14))
        .build();
    VerifiedAttestation attestation = verifier.verifyOrThrow(document, expectation);
    return attestation.release().orElseThrow();
  }
}
