package io.treza.attestation;

import io.treza.attestation.reference.Release;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A document that verified, now: made by the NSM of a running enclave, under a pinned root, fresh,
 * with the expected measurements and nonce. Only {@link AttestationVerifier#verify} makes one.
 */
public final class VerifiedAttestation implements VerificationResult {
  private final Attested attested;
  private final Instant verifiedAt;

  VerifiedAttestation(Attested attested, Instant verifiedAt) {
    this.attested = attested;
    this.verifiedAt = verifiedAt;
  }

  /** The document. */
  public AttestationDocument document() {
    return attested.document();
  }

  /** The registers by index. Unmodifiable. */
  public SortedMap<Integer, PcrValue> pcrs() {
    return document().pcrs();
  }

  /** The NSM that issued the document. */
  public String moduleId() {
    return document().moduleId();
  }

  /** The parent instance. */
  public String instanceId() {
    return attested.identity().instanceId();
  }

  /** The region the enclave runs in, for example {@code eu-west-1}. */
  public String region() {
    return attested.identity().region();
  }

  /** The public key that the workload had attested. */
  public Optional<byte[]> publicKey() {
    return document().publicKey();
  }

  /** The user data that the workload had attested. */
  public Optional<byte[]> userData() {
    return document().userData();
  }

  /** The accepted release that matched; empty if any measurement was accepted. */
  public Optional<Measurements> measurements() {
    return attested.match().measurements();
  }

  /**
   * What is published of the release that matched: commit, image digest, audit, and whether it is
   * deprecated; empty unless {@link Expectation#releases} was expected.
   */
  public Optional<Release> release() {
    return attested.match().release();
  }

  /** The root that the chain begins with. */
  public TrustAnchor anchor() {
    return attested.anchor();
  }

  /** The steps that were taken, all passed. */
  public List<Step> steps() {
    return attested.steps();
  }

  /** The one reading of the clock that everything was judged by. */
  public Instant verifiedAt() {
    return verifiedAt;
  }

  @Override
  public String toString() {
    return "VerifiedAttestation[" + moduleId() + ", " + region() + ", " + anchor() + "]";
  }
}
