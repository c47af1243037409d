package io.treza.audit;

import java.util.Locale;
import java.util.Optional;

/** How bad scanners say a vulnerability is, in their words, least first. */
public enum Severity {
  /** Nobody has rated it. */
  UNKNOWN,
  NEGLIGIBLE,
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL;

  /** The one of this name in whatever case. */
  public static Optional<Severity> of(String name) {
    for (Severity severity : values()) {
      if (severity.name().equals(name.toUpperCase(Locale.ROOT))) {
        return Optional.of(severity);
      }
    }
    return Optional.empty();
  }
}
