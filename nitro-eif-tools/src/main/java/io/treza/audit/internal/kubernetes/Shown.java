package io.treza.audit.internal.kubernetes;

/** Text of a manifest made fit for a message: short, and of printable characters. */
final class Shown {
  private static final int LONGEST = 120;

  private Shown() {}

  static String of(String text) {
    String start = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    return start.replaceAll("[\\p{Cntrl}\\p{Cs}\\p{Cf}\u2028\u2029]", "?");
  }
}
