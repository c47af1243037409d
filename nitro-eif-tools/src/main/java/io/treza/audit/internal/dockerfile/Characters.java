package io.treza.audit.internal.dockerfile;

/** Which characters BuildKit takes for white space: Unicode's, or in places ASCII's only. */
final class Characters {
  private Characters() {}

  static boolean isSpace(int c) {
    return (c >= '\t' && c <= '\r') || c == 0x85 || Character.isSpaceChar(c);
  }

  static boolean isBlank(int c) {
    return c == ' ' || c == '\t' || c == 0x0b || c == '\f' || c == '\r';
  }

  static String trim(String text) {
    String start = trimLeft(text);
    int end = start.length();
    while (end > 0 && isSpace(start.charAt(end - 1))) {
      end--;
    }
    return start.substring(0, end);
  }

  static String trimLeft(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }
}
