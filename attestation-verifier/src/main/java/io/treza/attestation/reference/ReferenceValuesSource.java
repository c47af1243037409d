package io.treza.attestation.reference;

/**
 * Where a long-lived service has its reference values from. Safe for use by many threads.
 *
 * <p>A source has accepted what it returns, signature and sequence included ({@link
 * ReferenceValuesVerifier}). It keeps the last good values while newer ones cannot be had; whether
 * those have expired is judged at every document.
 */
public interface ReferenceValuesSource {
  /**
   * The values in force. Called for every document: answers from memory.
   *
   * @throws ReferenceValuesException if there are none yet
   */
  ReferenceValues current() throws ReferenceValuesException;

  /**
   * The values in force after asking their origin now. Called when a document fits no current
   * release, because a deployment may have just changed. Whoever sends documents can cause this
   * call, so a source limits how often it really asks, and between returns what it has.
   *
   * @throws ReferenceValuesException if the origin could not be asked, or what it said was refused
   */
  ReferenceValues refresh() throws ReferenceValuesException;

  /** A source that always has the same values. */
  static ReferenceValuesSource of(ReferenceValues values) {
    return new ReferenceValuesSource() {
      @Override
      public ReferenceValues current() {
        return values;
      }

      @Override
      public ReferenceValues refresh() {
        return values;
      }
    };
  }
}
