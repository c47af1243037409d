package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One pattern of a .dockerignore, matched as moby/patternmatcher does: {@code *} and {@code ?} stay
 * within a name, {@code **} does not, and brackets are classes. Time is in proportion to pattern and
 * path, since no regular expression engine is used.
 *
 * @param negated whether it lets in again what earlier patterns kept out
 * @param line counted from 1
 */
record IgnorePattern(String text, boolean negated, int line, List<Element> elements) {
  /** What one character, or any number, of a path is matched with. */
  sealed interface Element {
    /** This character. */
    record Literal(int c) implements Element {}

    /** Any number of characters other than a slash. */
    record Star() implements Element {}

    /** Any number of characters. */
    record Rest() implements Element {}

    /** Nothing, or any number of characters and a slash. */
    record Directories() implements Element {}

    /** One character in, or not in, any of the ranges. */
    record OneOf(boolean not, List<int[]> ranges) implements Element {
      boolean takes(int c) {
        return ranges.stream().anyMatch(r -> r[0] <= c && c <= r[1]) != not;
      }
    }
  }

  private static final Pattern SPECIAL = Pattern.compile("[*?\\[\\]\\\\]");
  private static final Element.OneOf NAME_CHARACTER =
      new Element.OneOf(true, List.of(new int[] {'/', '/'}));

  /**
   * Compiles a cleaned pattern.
   *
   * @throws SyntaxException if Docker would refuse it
   */
  static IgnorePattern of(String text, boolean negated, int line) throws SyntaxException {
    int[] p = text.codePoints().toArray();
    List<Element> elements = new ArrayList<>();
    int i = 0;
    while (i < p.length) {
      int c = p[i++];
      if (c == '*' && i < p.length && p[i] == '*') {
        boolean first = i == 1;
        i++;
        boolean slash = i < p.length && p[i] == '/';
        i += slash ? 1 : 0;
        // A ** that starts the pattern and is followed by plain text only is any start of a path,
        // even within a name: **.js
        boolean start = first && !slash && !SPECIAL.matcher(text).find(2);
        elements.add(i == p.length || start ? new Element.Rest() : new Element.Directories());
      } else if (c == '*') {
        elements.add(new Element.Star());
      } else if (c == '?') {
        elements.add(NAME_CHARACTER);
      } else if (c == '[') {
        i = brackets(p, i, text, elements);
      } else if (c == '\\') {
        if (i == p.length) {
          throw malformed(text);
        }
        elements.add(new Element.Literal(p[i++]));
      } else {
        elements.add(new Element.Literal(c));
      }
    }
    return new IgnorePattern(text, negated, line, List.copyOf(elements));
  }

  private static SyntaxException malformed(String text) {
    return new SyntaxException("the pattern " + LineParser.quoted(text)
        + " is malformed: close each [ with ], and follow each \\ with a character");
  }

  private static int brackets(int[] p, int start, String text, List<Element> elements)
      throws SyntaxException {
    int i = start;
    boolean not = i < p.length && p[i] == '^';
    i += not ? 1 : 0;
    List<int[]> ranges = new ArrayList<>();
    while (i < p.length && (p[i] != ']' || ranges.isEmpty())) {
      int[] range = new int[2];
      for (int end = 0; end < 2; end++) {
        if (i < p.length && p[i] == '\\') {
          i++;
        } else if (i < p.length && (p[i] == '-' || p[i] == ']')) {
          throw malformed(text);
        }
        if (i >= p.length) {
          throw malformed(text);
        }
        range[end] = p[i++];
        if (end == 0 && i < p.length && p[i] == '-') {
          i++;
        } else if (end == 0) {
          range[1] = range[0];
          break;
        }
      }
      ranges.add(range);
    }
    if (i >= p.length) {
      throw malformed(text);
    }
    elements.add(new Element.OneOf(not, List.copyOf(ranges)));
    return i + 1;
  }

  /** Whether the pattern matches all of {@code path}; {@code steps} pays for it. */
  boolean matches(String path, Steps steps) {
    int count = elements.size();
    // open[e]: the elements before e have matched the path so far. Within a Directories, that it
    // is open says so of a part of it that does not end with a slash.
    boolean[] open = new boolean[count + 1];
    boolean[] inside = new boolean[count];
    open[0] = true;
    skip(open);
    for (int i = 0; i < path.length(); i += Character.charCount(path.codePointAt(i))) {
      int c = path.codePointAt(i);
      steps.spend(count + 1);
      boolean some = false;
      boolean[] after = new boolean[count + 1];
      for (int e = 0; e < count; e++) {
        Element element = elements.get(e);
        if (element instanceof Element.Directories) {
          inside[e] |= open[e];
          after[e + 1] |= inside[e] && c == '/';
          some |= inside[e];
        } else if (open[e]) {
          if (element instanceof Element.Literal literal) {
            after[e + 1] |= literal.c == c;
          } else if (element instanceof Element.OneOf oneOf) {
            after[e + 1] |= oneOf.takes(c);
          } else {
            after[e] |= element instanceof Element.Rest || c != '/';
          }
        }
        some |= after[e] || after[e + 1];
      }
      if (!some) {
        return false;
      }
      open = after;
      skip(open);
    }
    return open[count];
  }

  /** Counts what matching has cost. */
  static final class Steps {
    private long left;

    Steps(long most) {
      left = most;
    }

    private void spend(int steps) {
      left -= steps;
    }

    boolean exhausted() {
      return left < 0;
    }
  }

  /** Opens what follows elements that may match nothing. */
  private void skip(boolean[] open) {
    for (int e = 0; e < elements.size(); e++) {
      Element element = elements.get(e);
      open[e + 1] |= open[e]
          && !(element instanceof Element.Literal || element instanceof Element.OneOf);
    }
  }
}
