package io.treza.attestation.reference;

import io.treza.attestation.internal.Text;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What the texts and times of reference values must look like; the JSON Schema says the same. */
final class Checked {
  private static final int LONGEST = 1024;

  private Checked() {}

  /** One line that any log and terminal can show: no control, format or unassigned characters. */
  static String line(String what, String value) {
    int characters = value.codePointCount(0, value.length());
    if (characters == 0 || characters > LONGEST || !isPrintable(value)) {
      throw new IllegalArgumentException(what
          + ": expected 1 to 1024 characters on one line, without control characters, found "
          + Text.quoted(value));
    }
    return value;
  }

  private static boolean isPrintable(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~') {
        return value.codePoints().noneMatch(Checked::isUnfit);
      }
    }
    return true;
  }

  private static boolean isUnfit(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR -> true;
      default -> false;
    };
  }

  /** {@code sha256:} and 64 lower-case digits, as registries write digests. */
  static String sha256Digest(String what, String value) {
    if (!value.startsWith("sha256:") || !isLowerHex(value, 7, 64)) {
      throw new IllegalArgumentException(what
          + ": expected sha256: and 64 lower-case hexadecimal digits, found "
          + Text.quoted(value));
    }
    return value;
  }

  static String lowerHex(String what, String value, int digits) {
    if (!isLowerHex(value, 0, digits)) {
      throw new IllegalArgumentException(what + ": expected " + digits
          + " lower-case hexadecimal digits, found " + Text.quoted(value));
    }
    return value;
  }

  static boolean isLowerHex(String value, int from, int digits) {
    if (value.length() != from + digits) {
      return false;
    }
    // Without branches, which digits at random would mispredict: the sign says whether it is none.
    int wrong = 0;
    for (int i = from; i < value.length(); i++) {
      char c = value.charAt(i);
      wrong |= ((c - '0') | ('9' - c)) & ((c - 'a') | ('f' - c));
    }
    return wrong >= 0;
  }

  /** Files hold whole seconds of the years 1970 to 9999, so values do too. */
  static Instant time(String what, Instant value) {
    if (value.isBefore(Instant.EPOCH) || value.isAfter(ReferenceValues.NEVER)) {
      throw new IllegalArgumentException(
          what + ": expected a time from 1970 to 9999, found " + value);
    }
    return value.truncatedTo(ChronoUnit.SECONDS);
  }
}
