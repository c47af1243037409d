package io.treza.attestation.reference;

/** What the publisher says of a release, in the order in which matches count: the first wins. */
public enum ReleaseStatus {
  /** Must not be trusted any more, wherever else its measurements stand. */
  REVOKED,
  /** In service. */
  ACTIVE,
  /** Still accepted, and about to be replaced: results say so. */
  DEPRECATED
}
