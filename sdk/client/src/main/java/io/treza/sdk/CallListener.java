package io.treza.sdk;

import java.time.Duration;
import java.util.OptionalInt;

/** Hears how each call of the API ended, for metrics; on the thread that made it. */
@FunctionalInterface
public interface CallListener {
  /** A call has succeeded or failed, after all its attempts. What this throws is only logged. */
  void ended(Call call);

  /**
   * A call, described without identifiers or credentials, so that each value is fit for a metric's
   * label.
   *
   * @param method for example {@code GET}
   * @param route for example {@code /api/enclaves/{id}}
   * @param status the HTTP status of the last attempt; none if it was not answered
   * @param attempts how often it was sent, at least once
   * @param duration from the first attempt to the end of the last, with pauses
   */
  record Call(String method, String route, OptionalInt status, int attempts, Duration duration) {}
}
