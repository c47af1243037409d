package io.treza.sdk.reference;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.VerifiedReferenceValues;

/** Hears how each attempt to refresh reference values ended; on the thread that made it. */
public interface RefreshListener {
  /** A file was accepted; often the same as before. */
  void accepted(VerifiedReferenceValues values);

  /** None was, so the values before it stay in force: worth an alarm well before they expire. */
  void failed(ReferenceValuesException why);
}
