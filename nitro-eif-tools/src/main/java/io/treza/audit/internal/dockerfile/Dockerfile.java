package io.treza.audit.internal.dockerfile;

import java.util.List;
import java.util.Optional;

/**
 * A Dockerfile as parsed.
 *
 * @param name as the caller named the file
 * @param escape the character that escapes and continues lines: backslash or backtick
 * @param syntax the image named by a {@code # syntax=} directive, which does the build
 * @param instructions at least one
 */
record Dockerfile(
    String name, char escape, Optional<Directive> syntax, List<Instruction> instructions) {
  /** A directive's value and the line it is on, counted from 1. */
  record Directive(String value, int line) {}

  Dockerfile {
    instructions = List.copyOf(instructions);
  }
}
