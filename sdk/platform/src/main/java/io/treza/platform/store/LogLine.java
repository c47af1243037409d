package io.treza.platform.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A line of an enclave's log.
 *
 * @param time to the millisecond
 * @param kind where it comes from
 * @param text one line without its end
 */
public record LogLine(Instant time, LogKind kind, String text) {
  /** Cuts the time to what the wire shows. */
  public LogLine {
    time = time.truncatedTo(ChronoUnit.MILLIS);
  }
}
