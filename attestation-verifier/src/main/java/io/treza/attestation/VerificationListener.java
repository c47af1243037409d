package io.treza.attestation;

import java.time.Duration;
import java.util.Optional;

/**
 * Told of every verification and audit when it has ended; for metrics. Called on the verifying
 * thread; what it throws is logged and changes no verdict.
 */
@FunctionalInterface
public interface VerificationListener {
  /**
   * One verification or audit has ended.
   *
   * @param rejected the reason, or empty if the document was accepted
   * @param elapsed how long it took
   */
  void finished(Optional<Reason> rejected, Duration elapsed);
}
