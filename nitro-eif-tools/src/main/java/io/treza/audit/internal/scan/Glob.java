package io.treza.audit.internal.scan;

/**
 * Matches paths by patterns with {@code ?}, {@code *} within a name and {@code **} across names, in
 * time proportional to pattern times path whatever they are.
 */
final class Glob {
  // Linux opens no longer one.
  private static final int LONGEST_PATH = 4096;

  private Glob() {}

  static boolean matches(String pattern, String path) {
    String p = stripped(pattern);
    String t = stripped(path);
    if (t.length() > LONGEST_PATH) {
      return false;
    }
    boolean[] reached = new boolean[t.length() + 1];
    reached[0] = true;
    int i = 0;
    while (i < p.length()) {
      boolean[] next = new boolean[t.length() + 1];
      if (p.startsWith("**", i)) {
        // "**/" also stands for no directory at all.
        boolean directory = p.startsWith("**/", i);
        boolean any = false;
        for (int k = 0; k <= t.length(); k++) {
          any |= reached[k];
          next[k] = directory ? reached[k] || (any && k > 0 && t.charAt(k - 1) == '/') : any;
        }
        i += directory ? 3 : 2;
      } else if (p.charAt(i) == '*') {
        for (int k = 0; k <= t.length(); k++) {
          next[k] = reached[k] || (k > 0 && next[k - 1] && t.charAt(k - 1) != '/');
        }
        i++;
      } else {
        char wanted = p.charAt(i);
        for (int k = 1; k <= t.length(); k++) {
          char found = t.charAt(k - 1);
          next[k] = reached[k - 1] && (wanted == '?' ? found != '/' : wanted == found);
        }
        i++;
      }
      reached = next;
    }
    return reached[t.length()];
  }

  /** Scanners write paths of an image with a leading slash or without. */
  private static String stripped(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }
}
