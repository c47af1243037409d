package io.treza.audit.internal.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Takes one whole instruction apart: its keyword, its flags, and its arguments in their forms. */
final class LineParser {
  private final char escape;

  LineParser(char escape) {
    this.escape = escape;
  }

  /** Reads the instruction in {@code text}, which starts at {@code line} of the file. */
  Instruction parse(String text, int line) throws SyntaxException {
    return parse(text, line, false);
  }

  private Instruction parse(String text, int line, boolean trigger) throws SyntaxException {
    String trimmed = Characters.trim(text);
    int end = blank(trimmed, 0);
    String keyword = trimmed.substring(0, end).toLowerCase(Locale.ROOT);
    List<String> flags = new ArrayList<>();
    String rest = Characters.trim(flags(trimmed, notBlank(trimmed, end), flags));
    if (keyword.equals("onbuild")) {
      if (trigger) {
        throw new SyntaxException("ONBUILD cannot put off another ONBUILD; write only one");
      }
      Optional<Instruction> child =
          rest.isEmpty() ? Optional.empty() : Optional.of(parse(rest, line, true));
      return new Instruction(keyword, flags, List.of(), false, child, List.of(), line, text);
    }
    Arguments arguments = arguments(keyword, rest);
    return new Instruction(
        keyword, flags, arguments.values, arguments.json, Optional.empty(), List.of(), line, text);
  }

  private record Arguments(List<String> values, boolean json) {
    static Arguments of(List<String> values) {
      return new Arguments(values, false);
    }
  }

  private Arguments arguments(String keyword, String rest) throws SyntaxException {
    switch (keyword) {
      case "add", "copy", "volume" -> {
        Optional<List<String>> json = JsonStrings.parse(rest);
        return json.isPresent()
            ? new Arguments(json.get(), true)
            : Arguments.of(blankSeparated(rest));
      }
      case "cmd", "entrypoint", "run", "shell" -> {
        return command(rest);
      }
      case "env", "label" -> {
        return Arguments.of(pairs(rest, keyword.toUpperCase(Locale.ROOT)));
      }
      case "arg" -> {
        return Arguments.of(words(rest));
      }
      case "expose", "from" -> {
        return Arguments.of(blankSeparated(rest));
      }
      case "maintainer", "stopsignal", "user", "workdir" -> {
        return Arguments.of(rest.isEmpty() ? List.of() : List.of(rest));
      }
      case "healthcheck" -> {
        return healthCheck(rest);
      }
      default -> {
        // Left to whoever gives instructions their meaning, who knows what to say.
        return Arguments.of(List.of());
      }
    }
  }

  private static Arguments command(String rest) throws SyntaxException {
    Optional<List<String>> json = JsonStrings.parse(rest);
    if (json.isPresent()) {
      return new Arguments(json.get(), true);
    }
    return Arguments.of(rest.isEmpty() ? List.of() : List.of(rest));
  }

  private static Arguments healthCheck(String rest) throws SyntaxException {
    int end = 0;
    while (end < rest.length() && !Characters.isSpace(rest.charAt(end))) {
      end++;
    }
    if (end == 0) {
      return Arguments.of(List.of());
    }
    Arguments command = command(Characters.trimLeft(rest.substring(end)));
    List<String> values = new ArrayList<>(List.of(rest.substring(0, end)));
    values.addAll(command.values);
    return new Arguments(values, command.json);
  }

  private static List<String> blankSeparated(String rest) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    while (start < rest.length()) {
      int end = blank(rest, start);
      parts.add(rest.substring(start, end));
      start = notBlank(rest, end);
    }
    return parts;
  }

  private List<String> pairs(String rest, String keyword) throws SyntaxException {
    List<String> words = words(rest);
    if (words.isEmpty()) {
      return words;
    }
    if (!words.get(0).contains("=")) {
      // The old form: one name, and all that follows is its value.
      int end = blank(rest, 0);
      if (end == rest.length()) {
        throw new SyntaxException(
            keyword + " " + quoted(rest) + " has no value; write " + keyword + " name=value");
      }
      return List.of(rest.substring(0, end), rest.substring(notBlank(rest, end)), "");
    }
    List<String> values = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new SyntaxException(keyword + ": " + quoted(word)
            + " has no =; write name=value, in quotes if it has blanks");
      }
      values.addAll(List.of(word.substring(0, equals), word.substring(equals + 1), "="));
    }
    return values;
  }

  /** Splits at white space that is neither quoted nor escaped; quotes and escapes are kept. */
  private List<String> words(String rest) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    boolean quoted = false;
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (quote == 0 && Characters.isSpace(c)) {
        if (quoted || word.length() > 0) {
          words.add(word.toString());
        }
        word.setLength(0);
        quoted = false;
        continue;
      }
      if (c == escape && quote != '\'') {
        if (i + 1 == rest.length()) {
          break;
        }
        word.append(c);
        c = rest.charAt(++i);
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
        quoted = true;
      } else if (c == quote) {
        quote = 0;
      }
      word.append(c);
    }
    if (quoted || word.length() > 0) {
      words.add(word.toString());
    }
    return words;
  }

  /** Collects the words that start with two dashes, unquoted, and returns what follows them. */
  private String flags(String line, int start, List<String> flags) {
    int i = start;
    while (true) {
      while (i < line.length() && Characters.isSpace(line.charAt(i))) {
        i++;
      }
      if (!line.startsWith("--", i)) {
        return line.substring(i);
      }
      StringBuilder word = new StringBuilder();
      char quote = 0;
      for (; i < line.length(); i++) {
        char c = line.charAt(i);
        if (quote == 0 && Characters.isSpace(c)) {
          break;
        }
        if (quote == 0 && (c == '\'' || c == '"')) {
          quote = c;
        } else if (quote != 0 && c == quote) {
          quote = 0;
        } else if (c != escape) {
          word.append(c);
        } else if (i + 1 < line.length()) {
          word.append(line.charAt(++i));
        }
      }
      if (word.toString().equals("--")) {
        return line.substring(i);
      }
      flags.add(word.toString());
    }
  }

  private static int blank(String text, int start) {
    int i = start;
    while (i < text.length() && !Characters.isBlank(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private static int notBlank(String text, int start) {
    int i = start;
    while (i < text.length() && Characters.isBlank(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Text from the file as a message may show it: short, and without control characters. */
  static String quoted(String text) {
    String start = text.length() > 60 ? text.substring(0, 60) + "..." : text;
    return '"' + start.replaceAll("\\p{Cntrl}", " ") + '"';
  }
}
