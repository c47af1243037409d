package io.treza.audit.internal.readiness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/**
 * The first line of a script as Linux reads it (fs/binfmt_script.c): an interpreter, and all of the
 * rest as one argument.
 *
 * @param interpreter its path, a carriage return included if there is one; empty if there is none
 * @param argument what follows, without the blanks around it
 * @param length bytes of the line before its end, or as many as are there
 */
record Shebang(String interpreter, Optional<String> argument, int length) {
  /** The line of a file that starts like this, if it starts with {@code #!}. */
  static Optional<Shebang> of(byte[] start) {
    if (start.length < 2 || start[0] != '#' || start[1] != '!') {
      return Optional.empty();
    }
    String text = new String(start, ISO_8859_1);
    int end = text.indexOf('\n');
    String line = (end < 0 ? text : text.substring(0, end)).substring(2);
    // Blanks are spaces and tabs, nothing else.
    String trimmed = line.replaceAll("^[ \t]+|[ \t]+$", "");
    String[] parts = trimmed.split("[ \t\0]+", 2);
    return Optional.of(new Shebang(
        text(parts[0]),
        parts.length > 1 ? Optional.of(text(parts[1])) : Optional.empty(),
        line.length() + 2));
  }

  /** Whether an editor for Windows ended the line, which makes the end part of the name. */
  boolean carriageReturn() {
    return argument.orElse(interpreter).endsWith("\r");
  }

  private static String text(String bytes) {
    return new String(bytes.getBytes(ISO_8859_1), UTF_8);
  }
}
