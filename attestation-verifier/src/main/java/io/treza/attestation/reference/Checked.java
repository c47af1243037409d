package io.treza.attestation.reference;

import io.treza.attestation.internal.Text;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/** What the texts and times of reference values must look like; the JSON Schema says the same. */
final class Checked {
  /** One line that any log and terminal can show: no control, format or unassigned characters. */
  private static final Pattern LINE = Pattern.compile("[^\\p{C}\\p{Zl}\\p{Zp}]{1,1024}");

  private Checked() {}

  static String line(String what, String value) {
    if (!LINE.matcher(value).matches()) {
      throw new IllegalArgumentException(what
          + ": expected 1 to 1024 characters on one line, without control characters, found "
          + Text.quoted(value));
    }
    return value;
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
    for (int i = from; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
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
