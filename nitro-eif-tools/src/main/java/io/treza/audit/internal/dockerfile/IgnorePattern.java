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
  /** A state of matching: what it takes of a path before the next is reached. */
  sealed interface Element {
    /** This character. */
    record Literal(int c) implements Element {}

    /** Any number of characters other than a slash. */
    record Star() implements Element {}

    /** Any number of characters. */
    record Rest() implements Element {}

    /** Nothing: both the next and the one after it are reached. */
    record Fork() implements Element {}

    /** Any number of characters and a slash. */
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
        if (i == p.length || start) {
          elements.add(new Element.Rest());
        } else {
          // Directories, or none.
          elements.add(new Element.Fork());
          elements.add(new Element.Directories());
        }
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
    States open = new States(elements.size());
    States after = new States(elements.size());
    steps.spend(1 + elements.size() / 8);
    open.add(0);
    skip(open);
    for (int i = 0; i < path.length() && open.count > 0; ) {
      int c = path.codePointAt(i);
      i += Character.charCount(c);
      steps.spend(1 + open.count);
      after.clear();
      for (int s = 0; s < open.count; s++) {
        int e = open.list[s];
        if (e < elements.size()) {
          step(e, c, after);
        }
      }
      skip(after);
      States swap = open;
      open = after;
      after = swap;
    }
    return open.has(elements.size());
  }

  private void step(int e, int c, States after) {
    Element element = elements.get(e);
    if (element instanceof Element.Literal literal) {
      if (literal.c == c) {
        after.add(e + 1);
      }
    } else if (element instanceof Element.OneOf oneOf) {
      if (oneOf.takes(c)) {
        after.add(e + 1);
      }
    } else if (element instanceof Element.Star) {
      if (c != '/') {
        after.add(e);
      }
    } else if (element instanceof Element.Rest) {
      after.add(e);
    } else if (element instanceof Element.Directories) {
      after.add(e);
      if (c == '/') {
        after.add(e + 1);
      }
    }
  }

  /** Reaches what follows elements that may take nothing. */
  private void skip(States states) {
    for (int s = 0; s < states.count; s++) {
      int e = states.list[s];
      Element element = e < elements.size() ? elements.get(e) : NAME_CHARACTER;
      if (element instanceof Element.Star || element instanceof Element.Rest) {
        states.add(e + 1);
      } else if (element instanceof Element.Fork) {
        states.add(e + 1);
        states.add(e + 2);
      }
    }
  }

  /** The states that are reached, each once. */
  private static final class States {
    private final int[] list;
    private final int[] round;
    private int count;
    private int now = 1;

    States(int elements) {
      list = new int[elements + 1];
      round = new int[elements + 1];
    }

    void clear() {
      count = 0;
      now++;
    }

    void add(int state) {
      if (round[state] != now) {
        round[state] = now;
        list[count++] = state;
      }
    }

    boolean has(int state) {
      return round[state] == now;
    }
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
}
