package io.treza.attestation;

import io.treza.attestation.reference.Release;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A document that was genuine when it was signed: the chain was valid at that moment and the
 * measurements are the expected ones. Says nothing about now, so it is another type than {@link
 * VerifiedAttestation}. Only {@link AttestationVerifier#audit} makes one.
 */
public final class AuditedAttestation implements AuditResult {
  private final Attested attested;
  private final Instant signedAt;

  AuditedAttestation(Attested attested, Instant signedAt) {
    this.attested = attested;
    this.signedAt = signedAt;
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

  /** When the document was signed, which is when its chain was judged. */
  public Instant signedAt() {
    return signedAt;
  }

  @Override
  public String toString() {
    return "AuditedAttestation[" + moduleId() + ", " + region() + ", " + anchor() + "]";
  }
}
