package io.treza.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with exit status 2 and one line that says what is wrong and what to do. */
final class Unusable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Unusable(String message) {
    super(message);
  }

  Unusable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
