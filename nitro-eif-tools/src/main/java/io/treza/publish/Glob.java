package io.treza.publish;

/**
 * Matches texts against patterns of policies, in which an asterisk is any characters, a question mark
 * is one, and nothing else is special (IAM User Guide, "IAM JSON policy elements: Action").
 *
 * <p>A policy is somebody else's, so no pattern may take long: of several asterisks only the last that
 * was met is ever tried again, since what those before it took can stay as it is. The steps are at
 * most the product of the two lengths.
 */
final class Glob {
  private static final int NONE = -1;

  private Glob() {}

  static boolean matches(CharSequence pattern, CharSequence text) {
    int p = 0;
    int t = 0;
    int afterAsterisk = NONE;
    int taken = 0; // by that asterisk, up to here
    while (t < text.length()) {
      char wanted = p < pattern.length() ? pattern.charAt(p) : 0;
      if (wanted == '*') {
        p++;
        afterAsterisk = p;
        taken = t;
      } else if (p < pattern.length() && (wanted == '?' || wanted == text.charAt(t))) {
        p++;
        t++;
      } else if (afterAsterisk != NONE) {
        taken++;
        t = taken;
        p = afterAsterisk;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
