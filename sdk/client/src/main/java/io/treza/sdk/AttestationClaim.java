package io.treza.sdk;

import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the platform says about an enclave's attestation. Nothing in it is proven, least of all
 * {@link #trustLevel}; for proof, {@link TrezaClient#verifyAttestation} has the {@link #document}
 * verified.
 */
public final class AttestationClaim {
  private final SortedMap<Integer, String> pcrs;
  private final Optional<String> status;
  private final Optional<String> trustLevel;
  private final OptionalInt integrityScore;
  private final Optional<byte[]> document;

  AttestationClaim(
      SortedMap<Integer, String> pcrs,
      Optional<String> status,
      Optional<String> trustLevel,
      OptionalInt integrityScore,
      Optional<byte[]> document) {
    this.pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    this.status = status;
    this.trustLevel = trustLevel;
    this.integrityScore = integrityScore;
    this.document = document;
  }

  static AttestationClaim read(Fields fields) {
    Fields document = fields.object("attestationDocument");
    Fields verification = fields.object("verification");
    return new AttestationClaim(
        document.object("pcrs").registers(),
        verification.text("verificationStatus"),
        verification.text("trustLevel"),
        verification.integer("integrityScore"),
        document.base64("document"));
  }

  /** The registers the platform says were measured, as text; empty if it says nothing. */
  public SortedMap<Integer, String> pcrs() {
    return pcrs;
  }

  /** The platform's word, for example {@code PENDING}. */
  public Optional<String> status() {
    return status;
  }

  /** The platform's word, for example {@code HIGH} or {@code UNKNOWN}. */
  public Optional<String> trustLevel() {
    return trustLevel;
  }

  /** The platform's figure, 0 to 100. */
  public OptionalInt integrityScore() {
    return integrityScore;
  }

  /** The attestation document as received, unverified, if the platform returned one. */
  public Optional<byte[]> document() {
    return document.map(byte[]::clone);
  }

  @Override
  public String toString() {
    return "AttestationClaim[" + status.orElse("no status") + ", " + pcrs.size() + " PCRs, "
        + (document.isPresent() ? "a document" : "no document") + ", unverified]";
  }
}
