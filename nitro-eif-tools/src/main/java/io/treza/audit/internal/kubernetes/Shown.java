package io.treza.audit.internal.kubernetes;

import java.util.regex.Pattern;

/** Text of a manifest made fit for a message: short, and of printable characters. */
final class Shown {
  private static final int LONGEST = 120;
  private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cs}\\p{Cf}\\u2028\\u2029]");

  private Shown() {}

  static String of(String text) {
    String start = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    return UNFIT.matcher(start).replaceAll("?");
  }
}
