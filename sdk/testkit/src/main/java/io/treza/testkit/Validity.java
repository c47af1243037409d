package io.treza.testkit;

import java.time.Instant;

/**
 * A certificate's validity period (RFC 5280, 4.1.2.5), both ends inclusive.
 *
 * @param notBefore the first instant
 * @param notAfter the last instant
 */
public record Validity(Instant notBefore, Instant notAfter) {
  /** Whether the period holds the instant. */
  public boolean contains(Instant instant) {
    return !instant.isBefore(notBefore) && !instant.isAfter(notAfter);
  }
}
