package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Expands variables and takes off quotes and escapes as BuildKit does (moby/buildkit,
 * frontend/dockerfile/shell), which is close to a shell without being one.
 *
 * @param escape the file's escape character
 * @param keepQuotes whether quotes stay in the result
 * @param keepEscapes whether escape characters stay in the result
 * @param keepUnset whether the name of a variable that has no value stays, instead of nothing
 */
record Expansion(
    char escape,
    boolean keepQuotes,
    boolean keepEscapes,
    boolean keepUnset,
    Variables variables,
    Budget budget) {

  /** A word as expanded, and the variables in it with neither value nor default. */
  record Result(String text, Set<String> unset) {}

  static Expansion of(char escape) {
    return new Expansion(escape, false, false, false, Variables.NONE, new Budget());
  }

  Expansion keepingQuotes() {
    return new Expansion(escape, true, keepEscapes, keepUnset, variables, budget);
  }

  Expansion keepingEscapes() {
    return new Expansion(escape, keepQuotes, true, keepUnset, variables, budget);
  }

  Expansion keepingUnset() {
    return new Expansion(escape, keepQuotes, keepEscapes, true, variables, budget);
  }

  Expansion with(Variables values, Budget shared) {
    return new Expansion(escape, keepQuotes, keepEscapes, keepUnset, values, shared);
  }

  /** Expands {@code text} as one word, with its blanks. */
  Result word(String text) throws SyntaxException {
    Run run = new Run(text);
    run.upTo(Run.END, keepEscapes);
    return new Result(run.result.toString(), run.unset);
  }

  /** Expands {@code text} and splits it at white space that is not quoted. */
  List<String> words(String text) throws SyntaxException {
    Run run = new Run(text);
    run.upTo(Run.END, keepEscapes);
    run.endWord();
    return run.words;
  }

  /** One pass over one text. */
  private final class Run {
    static final int END = -1;

    private final int[] source;
    private int at;
    private final Set<String> unset = new TreeSet<>();
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private StringBuilder result = new StringBuilder();
    private int depth;

    Run(String text) {
      source = text.codePoints().toArray();
    }

    private int peek() {
      return at < source.length ? source[at] : END;
    }

    private int take() {
      int c = peek();
      at++;
      return c;
    }

    /** Expands up to {@code stop}, which is consumed, into {@code result}. */
    void upTo(int stop, boolean raw) throws SyntaxException {
      if (depth > Limits.DEPTH) {
        throw new SyntaxException(
            "substitutions stand more than " + Limits.DEPTH + " deep in each other");
      }
      while (peek() != END) {
        int c = take();
        if (c == stop) {
          return;
        } else if (c == '$') {
          String value = dollar();
          result.append(value);
          value.codePoints().forEach(this::splitAt);
        } else if (c == '\'') {
          singleQuoted();
        } else if (c == '"') {
          doubleQuoted(raw);
        } else if (c == '<') {
          less();
        } else if (c == escape) {
          if (raw) {
            add(c);
          }
          if (peek() != END) {
            add(take());
          }
        } else {
          result.appendCodePoint(c);
          splitAt(c);
        }
      }
      if (stop != END) {
        throw new SyntaxException("${ has no matching " + Character.toString(stop));
      }
    }

    /** Adds what is not to be split. */
    private void add(int c) {
      result.appendCodePoint(c);
      if (depth == 0) {
        word.appendCodePoint(c);
      }
    }

    private void splitAt(int c) {
      if (depth > 0) {
        return;
      }
      if (Characters.isSpace(c)) {
        endWord();
      } else {
        word.appendCodePoint(c);
      }
    }

    void endWord() {
      if (word.length() > 0) {
        words.add(word.toString());
        word.setLength(0);
      }
    }

    private void less() {
      add('<');
      if (peek() == '<') {
        add(take());
        // A heredoc's name may stand apart from what announces it.
        while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
          add(take());
        }
      }
    }

    private void singleQuoted() throws SyntaxException {
      if (keepQuotes) {
        add('\'');
      }
      for (int c = take(); c != '\''; c = take()) {
        if (c == END) {
          throw new SyntaxException("a ' has no matching '; escape it or add the other");
        }
        add(c);
      }
      if (keepQuotes) {
        add('\'');
      }
    }

    private void doubleQuoted(boolean raw) throws SyntaxException {
      if (keepQuotes) {
        add('"');
      }
      while (peek() != '"') {
        int c = take();
        if (c == END) {
          throw new SyntaxException("a \" has no matching \"; escape it or add the other");
        } else if (c == '$') {
          // Within quotes what a variable holds is not split.
          dollar().codePoints().forEach(this::add);
        } else if (c == escape) {
          if (raw) {
            add(c);
          }
          int after = peek();
          if (after == '"' || after == '$' || after == escape) {
            add(take());
          } else if (after != END) {
            add(c);
          }
        } else {
          add(c);
        }
      }
      take();
      if (keepQuotes) {
        add('"');
      }
    }

    private String dollar() throws SyntaxException {
      String value = peek() == '{' ? braces() : bare();
      budget.spend(1 + value.length());
      if (result.length() + value.length() > Limits.WORD) {
        throw new SyntaxException("a word expands to more than " + Limits.WORD + " characters");
      }
      return value;
    }

    private String bare() {
      String name = name();
      return name.isEmpty() ? "$" : valueOr(name, keepUnset ? "$" + name : "");
    }

    private String valueOr(String name, String otherwise) {
      return variables.get(name).orElseGet(() -> {
        unset.add(name);
        return otherwise;
      });
    }

    private String braces() throws SyntaxException {
      take();
      if (peek() == '{' || peek() == '}' || peek() == ':') {
        throw new SyntaxException("${" + Character.toString(peek()) + " is no substitution");
      }
      String name = name();
      int operator = take();
      if (operator == '}') {
        return valueOr(name, keepUnset ? "${" + name + "}" : "");
      }
      if (operator == '/') {
        return replaced(name);
      }
      boolean emptyIsUnset = operator == ':';
      if (emptyIsUnset) {
        operator = take();
      }
      if (operator == END) {
        throw new SyntaxException("${" + name + " has no matching }");
      }
      boolean pattern = operator == '#' || operator == '%';
      if ("+-?#%".indexOf(operator) < 0 || (emptyIsUnset && pattern)) {
        throw new SyntaxException("${" + name + (emptyIsUnset ? ":" : "")
            + Character.toString(operator) + "...} is no substitution that BuildKit knows");
      }
      String operand = operand('}', pattern);
      boolean set = variables.get(name).isPresent();
      if (keepUnset && !set) {
        return "${" + name + (emptyIsUnset ? ":" : "") + (char) operator + operand + "}";
      }
      if (pattern) {
        return trimmed(valueOr(name, ""), operator, operand);
      }
      String value = variables.get(name).orElse("");
      boolean missing = !set || (emptyIsUnset && value.isEmpty());
      return switch (operator) {
        case '+' -> missing ? "" : operand;
        case '-' -> missing ? operand : value;
        default -> {
          if (missing) {
            throw new SyntaxException("the variable " + name + " must have a value"
                + (operand.isEmpty() ? "" : ": " + LineParser.quoted(operand)));
          }
          yield value;
        }
      };
    }

    private String trimmed(String value, int operator, String operand) throws SyntaxException {
      boolean longest = !operand.isEmpty() && operand.charAt(0) == operator;
      Glob glob = Glob.of(longest ? operand.substring(1) : operand, budget);
      if (operator == '#') {
        int end = glob.prefix(value, 0, longest);
        return end < 0 ? value : value.substring(end);
      }
      int start = glob.suffix(value, longest);
      return start < 0 ? value : value.substring(0, start);
    }

    private String replaced(String name) throws SyntaxException {
      boolean all = peek() == '/';
      if (all) {
        take();
      }
      String pattern = operand('/', true);
      String replacement = operand('}', true);
      if (keepUnset && variables.get(name).isEmpty()) {
        return "${" + name + "/" + pattern + "/" + replacement + "}";
      }
      return Glob.of(pattern, budget).replace(valueOr(name, ""), replacement, all);
    }

    /** Expands what stands up to {@code stop}; it is no word of its own. */
    private String operand(int stop, boolean raw) throws SyntaxException {
      StringBuilder outer = result;
      result = new StringBuilder();
      depth++;
      upTo(stop, raw);
      depth--;
      String operand = result.toString();
      result = outer;
      return operand;
    }

    /** Reads a name, a number, or one of the shell's special parameters. */
    private String name() {
      StringBuilder name = new StringBuilder();
      if ("@*#?-$!".indexOf(peek()) >= 0 && peek() != END) {
        return Character.toString(take());
      }
      boolean number = Character.isDigit(peek());
      while (peek() != END
          && (number
              ? Character.isDigit(peek())
              : Character.isLetterOrDigit(peek()) || peek() == '_')) {
        name.appendCodePoint(take());
      }
      return name.toString();
    }
  }
}
