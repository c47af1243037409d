package io.treza.audit.internal.dockerfile;

import java.util.Arrays;

/**
 * A pattern of {@code ${name#pattern}} and the like: {@code *} is any text, {@code ?} any character,
 * neither a line end. Matching takes time in proportion to text and pattern, whatever they are.
 */
final class Glob {
  private static final int ANY = -1;
  private static final int ANY_TEXT = -2;

  private final int[] pattern;
  private final Budget budget;

  private Glob(int[] pattern, Budget budget) {
    this.pattern = pattern;
    this.budget = budget;
  }

  static Glob of(String text, Budget budget) throws SyntaxException {
    int[] source = text.codePoints().toArray();
    int[] pattern = new int[source.length];
    int length = 0;
    for (int i = 0; i < source.length; i++) {
      int c = source[i];
      if (c == '*') {
        pattern[length++] = ANY_TEXT;
      } else if (c == '?') {
        pattern[length++] = ANY;
      } else if (c != '\\') {
        pattern[length++] = c;
      } else if (i + 1 < source.length && "*?\\}/".indexOf(source[i + 1]) >= 0) {
        pattern[length++] = source[++i];
      } else {
        throw new SyntaxException("the pattern " + LineParser.quoted(text)
            + " escapes what needs no escape; take the \\ out");
      }
    }
    return new Glob(Arrays.copyOf(pattern, length), budget);
  }

  /** The end of the shortest or longest match that starts at {@code start}; -1 if there is none. */
  int prefix(String text, int start, boolean longest) throws SyntaxException {
    boolean[] open = new boolean[pattern.length + 1];
    open[0] = true;
    int end = -1;
    for (int i = start; ; i += Character.charCount(text.codePointAt(i))) {
      budget.spend(1 + pattern.length);
      boolean some = false;
      for (int p = 0; p < pattern.length; p++) {
        // A star may also be nothing.
        open[p + 1] |= open[p] && pattern[p] == ANY_TEXT;
        some |= open[p];
      }
      if (open[pattern.length]) {
        end = i;
        if (!longest) {
          return end;
        }
      }
      if (i >= text.length() || !some) {
        return end;
      }
      int c = text.codePointAt(i);
      for (int p = pattern.length; p >= 0; p--) {
        boolean stays = p < pattern.length && open[p] && pattern[p] == ANY_TEXT && c != '\n';
        boolean arrives = p > 0 && open[p - 1] && takes(pattern[p - 1], c);
        open[p] = stays || arrives;
      }
    }
  }

  private static boolean takes(int element, int c) {
    return element == c || (element == ANY && c != '\n');
  }

  /** The start of the shortest or longest match that ends the text; -1 if there is none. */
  int suffix(String text, boolean longest) throws SyntaxException {
    int[] reversed = new int[pattern.length];
    for (int i = 0; i < pattern.length; i++) {
      reversed[i] = pattern[pattern.length - 1 - i];
    }
    String backwards = new StringBuilder(text).reverse().toString();
    int end = new Glob(reversed, budget).prefix(backwards, 0, longest);
    return end < 0 ? -1 : text.length() - end;
  }

  /** Replaces the first match, or all that do not overlap, each as long as it can be. */
  String replace(String text, String replacement, boolean all) throws SyntaxException {
    StringBuilder result = new StringBuilder();
    int at = 0;
    int lastEnd = -1;
    while (at <= text.length()) {
      int end = prefix(text, at, true);
      boolean found = end > at || (end == at && end != lastEnd);
      if (found) {
        result.append(replacement);
        budget.spend(replacement.length());
        if (result.length() > Limits.WORD) {
          throw new SyntaxException("a word expands to more than " + Limits.WORD + " characters");
        }
        if (!all) {
          return result.append(text, end, text.length()).toString();
        }
        lastEnd = end;
      }
      if (found && end > at) {
        at = end;
      } else {
        int step = at < text.length() ? Character.charCount(text.codePointAt(at)) : 1;
        result.append(text, at, Math.min(text.length(), at + step));
        at += step;
      }
    }
    return result.toString();
  }
}
