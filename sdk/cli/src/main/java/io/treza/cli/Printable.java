package io.treza.cli;

/** Text from files that anybody may have written, safe to print on one line. */
final class Printable {
  private Printable() {}

  /** The text with every control and formatting character replaced, as one could forge a line. */
  static String text(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }
}
