package io.treza.sdk;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A provider's regular expression, which is a stranger's: it gets so many steps and not more, and one
 * that is none to Java, or takes longer, refuses nothing.
 */
final class SchemaPattern {
  private static final int MAX_CHARS = 4096;
  private static final int MAX_STEPS = 1_000_000;

  private SchemaPattern() {}

  /**
   * Whether the text is known not to match.
   *
   * @param text without a line break at its end, before which Java's {@code $} would match
   * @param lines whether a dot stands for a line break too
   */
  static boolean refuses(String pattern, String text, boolean lines) {
    if (text.length() > MAX_CHARS) {
      return false;
    }
    try {
      return !Pattern.compile(pattern, lines ? Pattern.DOTALL : 0)
          .matcher(new Metered(text))
          .find();
    } catch (PatternSyntaxException | StackOverflowError | TooManySteps e) {
      return false;
    }
  }

  /** Ends a match that backtracks for ever. */
  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManySteps() {
      super("too many steps", null, false, false);
    }
  }

  /** Text that can be looked at only so often. */
  private static final class Metered implements CharSequence {
    private final String text;
    private int left = MAX_STEPS;

    Metered(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (left-- == 0) {
        throw new TooManySteps();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
