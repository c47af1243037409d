package io.treza.audit.internal.scan;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** Times as Go writes them (RFC 3339). */
final class Times {
  private Times() {}

  /** The instant, if it is one; Go's zero time, of year 1, is none. */
  static Optional<Instant> parse(String text) {
    try {
      OffsetDateTime time = OffsetDateTime.parse(text);
      return time.getYear() <= 1 ? Optional.empty() : Optional.of(time.toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
