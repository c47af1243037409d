package io.treza.audit.internal.dockerfile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds the simple commands of a shell script, near enough to see what it installs and where it
 * writes: lists, pipes, groups, command substitutions and scripts handed to another shell. It does
 * not evaluate conditions: every branch counts.
 */
final class ShellScript {
  /**
   * A simple command.
   *
   * @param words without quotes, variables known expanded; the program first
   * @param assignments before the program, or alone: {@code NAME=value}
   * @param writes files that its output goes to
   * @param pipedInto the program that reads its output, or empty
   */
  record Command(
      List<String> words, List<String> assignments, List<String> writes, String pipedInto) {
    Command {
      words = List.copyOf(words);
      assignments = List.copyOf(assignments);
      writes = List.copyOf(writes);
    }

    /** The program's name without directories; empty if there is only an assignment. */
    String program() {
      return words.isEmpty() ? "" : words.get(0).substring(words.get(0).lastIndexOf('/') + 1);
    }

    List<String> args() {
      return words.subList(Math.min(1, words.size()), words.size());
    }
  }

  /** Most characters that are read, scripts in scripts and values put in counted each time. */
  private static final int MOST = 2 * Limits.FILE;

  private static final Pattern ASSIGNMENT = Pattern.compile("(?s)[A-Za-z_][A-Za-z0-9_]*\\+?=.*");
  private static final Set<String> KEYWORDS = Set.of(
      "if",
      "then",
      "else",
      "elif",
      "fi",
      "do",
      "done",
      "while",
      "until",
      "case",
      "esac",
      "{",
      "}",
      "!",
      "time",
      "exec",
      "command",
      "builtin",
      "nohup",
      "eatmydata");
  private static final Set<String> SHELLS = Set.of("sh", "bash", "ash", "dash", "zsh", "su");

  private final Variables outer;
  private final Map<String, String> values = new HashMap<>();
  private final Deque<String> scripts = new ArrayDeque<>();
  private final List<Command> commands = new ArrayList<>();
  private int left = MOST;

  // Of the command being read.
  private List<String> words = new ArrayList<>();
  private List<String> writes = new ArrayList<>();
  private StringBuilder word = new StringBuilder();
  private boolean inWord;
  private boolean redirects;
  private int pipeFrom = -1;

  private ShellScript(Variables outer) {
    this.outer = outer;
  }

  /** The commands of {@code script}, where {@code variables} are known from outside. */
  static List<Command> commands(String script, Variables variables) {
    ShellScript reader = new ShellScript(variables);
    reader.later(script);
    return reader.all();
  }

  /** The command that {@code argv} is, and those of a script in it. */
  static List<Command> commands(List<String> argv) {
    ShellScript reader = new ShellScript(Variables.NONE);
    Command command = new Command(argv, List.of(), List.of(), "");
    reader.commands.add(command);
    reader.nested(command);
    return reader.all();
  }

  private List<Command> all() {
    while (!scripts.isEmpty()) {
      read(scripts.remove());
    }
    return commands;
  }

  private void later(String script) {
    if (spend(script.length())) {
      scripts.add(script);
    }
  }

  private boolean spend(int characters) {
    if (characters > left) {
      return false;
    }
    left -= characters;
    return true;
  }

  private void read(String s) {
    int i = 0;
    while (i < s.length()) {
      char c = s.charAt(i);
      if (c == '\\') {
        if (i + 1 < s.length() && s.charAt(i + 1) != '\n') {
          add(s.charAt(i + 1));
        }
        i += 2;
      } else if (c == '\'') {
        int end = s.indexOf('\'', i + 1);
        end = end < 0 ? s.length() : end;
        inWord = true;
        word.append(s, i + 1, end);
        i = end + 1;
      } else if (c == '"') {
        i = doubleQuoted(s, i + 1);
      } else if (c == '$' || c == '`') {
        i = substitution(s, i, false);
      } else if (c == '#' && !inWord) {
        int end = s.indexOf('\n', i);
        i = end < 0 ? s.length() : end;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        endWord();
        i++;
      } else if (c == '>') {
        i = redirect(s, i);
      } else if (c == '<') {
        endWord();
        i++;
      } else if (c == '&' && i + 1 < s.length() && s.charAt(i + 1) == '>') {
        endWord();
        i = redirect(s, i + 1);
      } else if (c == '|' && !(i + 1 < s.length() && s.charAt(i + 1) == '|')) {
        endCommand(true);
        i++;
      } else if (";\n()|&".indexOf(c) >= 0) {
        endCommand(false);
        i++;
      } else {
        add(c);
        i++;
      }
    }
    endCommand(false);
  }

  private void add(char c) {
    inWord = true;
    word.append(c);
  }

  private int doubleQuoted(String s, int start) {
    inWord = true;
    int i = start;
    while (i < s.length() && s.charAt(i) != '"') {
      char c = s.charAt(i);
      if (c == '\\' && i + 1 < s.length()) {
        char after = s.charAt(i + 1);
        if ("\"\\$`".indexOf(after) < 0 && after != '\n') {
          word.append(c);
        }
        if (after != '\n') {
          word.append(after);
        }
        i += 2;
      } else if (c == '$' || c == '`') {
        i = substitution(s, i, true);
      } else {
        word.append(c);
        i++;
      }
    }
    return i + 1;
  }

  /** Reads {@code $name}, <code>${...}</code>, {@code $(...)} or backticks; returns where it ends. */
  private int substitution(String s, int start, boolean quoted) {
    inWord = true;
    if (s.charAt(start) == '`') {
      int end = s.indexOf('`', start + 1);
      end = end < 0 ? s.length() : end;
      later(s.substring(start + 1, end));
      word.append("$(").append(s, start + 1, end).append(')');
      return end + 1;
    }
    int next = start + 1;
    if (next < s.length() && s.charAt(next) == '(') {
      int end = closing(s, next);
      if (!s.startsWith("((", next)) {
        later(s.substring(next + 1, end));
      }
      word.append(s, start, Math.min(s.length(), end + 1));
      return end + 1;
    }
    boolean braces = next < s.length() && s.charAt(next) == '{';
    int name = braces ? next + 1 : next;
    int end = name;
    while (end < s.length() && (Character.isLetterOrDigit(s.charAt(end)) || s.charAt(end) == '_')) {
      end++;
    }
    String variable = s.substring(name, end);
    Optional<String> known =
        Optional.ofNullable(values.get(variable)).or(() -> outer.get(variable));
    boolean plain = !braces || (end < s.length() && s.charAt(end) == '}');
    if (braces && !plain) {
      int close = s.indexOf('}', end);
      end = close < 0 ? s.length() : close;
    }
    int after = Math.min(s.length(), braces ? end + 1 : end);
    String value = known.orElse("");
    if (known.isEmpty() || !plain || !spend(value.length())) {
      word.append(s, start, after);
    } else if (quoted) {
      word.append(value);
    } else {
      // A value that is not quoted is split into words.
      for (int i = 0; i < value.length(); i++) {
        if (Characters.isSpace(value.charAt(i))) {
          endWord();
        } else {
          add(value.charAt(i));
        }
      }
    }
    return after;
  }

  /** The index of the parenthesis that closes the one at {@code open}, or the end. */
  private static int closing(String s, int open) {
    int depth = 0;
    char quote = 0;
    for (int i = open; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '\\' && quote != '\'') {
        i++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return i;
      }
    }
    return s.length();
  }

  private int redirect(String s, int at) {
    // A number before it is the descriptor that is redirected.
    if (word.toString().matches("[0-9]+")) {
      boolean errors = word.toString().equals("2");
      word.setLength(0);
      inWord = false;
      int end = s.startsWith(">>", at) ? at + 2 : at + 1;
      if (errors || (end < s.length() && s.charAt(end) == '&')) {
        return skipWord(s, end);
      }
    }
    endWord();
    int end = at + 1;
    while (end < s.length() && (s.charAt(end) == '>' || s.charAt(end) == '|')) {
      end++;
    }
    if (end < s.length() && s.charAt(end) == '&') {
      return skipWord(s, end + 1);
    }
    redirects = true;
    return end;
  }

  private static int skipWord(String s, int start) {
    int i = start;
    while (i < s.length() && s.charAt(i) == ' ') {
      i++;
    }
    while (i < s.length() && " \t\n;|)".indexOf(s.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  private void endWord() {
    if (!inWord) {
      return;
    }
    (redirects ? writes : words).add(word.toString());
    redirects = false;
    inWord = false;
    word = new StringBuilder();
  }

  private void endCommand(boolean pipe) {
    endWord();
    List<String> assignments = new ArrayList<>();
    int start = 0;
    boolean more = true;
    while (start < words.size() && more) {
      String first = words.get(start);
      more = false;
      if (KEYWORDS.contains(first)) {
        more = true;
      } else if (ASSIGNMENT.matcher(first).matches()) {
        assignments.add(first);
        more = true;
      } else if (first.equals("sudo") || first.equals("env")) {
        more = true;
        while (start + 1 < words.size() && words.get(start + 1).startsWith("-")) {
          start++;
        }
      } else if (first.equals("export") || first.equals("declare") || first.equals("local")) {
        words.subList(start + 1, words.size()).stream()
            .filter(w -> ASSIGNMENT.matcher(w).matches())
            .forEach(assignments::add);
      }
      start += more ? 1 : 0;
    }
    List<String> rest = words.subList(start, words.size());
    if (rest.isEmpty() || rest.get(0).equals("export")) {
      for (String assignment : assignments) {
        int equals = assignment.indexOf('=');
        values.put(assignment.substring(0, equals), assignment.substring(equals + 1));
      }
    }
    if (!rest.isEmpty() || !assignments.isEmpty() || !writes.isEmpty()) {
      Command command = new Command(rest, assignments, writes, "");
      if (pipeFrom >= 0) {
        Command from = commands.get(pipeFrom);
        commands.set(
            pipeFrom, new Command(from.words, from.assignments, from.writes, command.program()));
      }
      commands.add(command);
      pipeFrom = pipe ? commands.size() - 1 : -1;
      nested(command);
    }
    words = new ArrayList<>();
    writes = new ArrayList<>();
  }

  /** Queues a script that is handed to a shell as an argument. */
  private void nested(Command command) {
    String program = command.program();
    if (program.equals("eval")) {
      later(String.join(" ", command.args()));
    } else if (SHELLS.contains(program)) {
      List<String> args = command.args();
      for (int i = 0; i + 1 < args.size(); i++) {
        if (args.get(i).matches("-[a-z]*c")) {
          later(args.get(i + 1));
          return;
        }
      }
    }
  }
}
