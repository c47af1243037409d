package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses a Dockerfile by BuildKit's grammar (moby/buildkit, frontend/dockerfile/parser): directives,
 * comments, continued lines and heredocs. Each instruction's own grammar is {@link LineParser}'s.
 */
final class DockerfileParser {
  private static final Pattern DIRECTIVE =
      Pattern.compile("#[\\t\\n\\f\\r ]*([a-zA-Z][a-zA-Z0-9]*)[\\t\\n\\f\\r ]*="
          + "[\\t\\n\\f\\r ]*(.*[^\\t\\n\\f\\r ])[\\t\\n\\f\\r ]*");
  private static final Set<String> DIRECTIVES = Set.of("syntax", "escape", "check");

  private final String name;
  private final List<String> lines;
  private final Set<String> directivesSeen = new HashSet<>();
  private boolean directivesDone;
  private char escape = '\\';
  private Optional<Dockerfile.Directive> syntax = Optional.empty();
  private int next;

  private DockerfileParser(String name, List<String> lines) {
    this.name = name;
    this.lines = lines;
  }

  /**
   * Parses a file's bytes.
   *
   * @param name of the file, for messages
   * @throws AuditException naming the file and line of what BuildKit would refuse
   */
  static Dockerfile parse(String name, byte[] bytes) throws AuditException {
    return new DockerfileParser(name, lines(name, bytes)).parse();
  }

  private Dockerfile parse() throws AuditException {
    List<Instruction> instructions = new ArrayList<>();
    while (next < lines.size()) {
      int line = next + 1;
      try {
        String text = instruction();
        if (!text.isEmpty()) {
          Instruction instruction = new LineParser(escape).parse(text, line);
          instructions.add(
              takesHeredocs(instruction) ? instruction.withHeredocs(heredocs(text)) : instruction);
        }
      } catch (SyntaxException e) {
        throw new AuditException(name + ":" + line + ": " + e.getMessage());
      }
    }
    if (instructions.isEmpty()) {
      throw new AuditException(name + ": has no instruction; a Dockerfile needs at least FROM");
    }
    return new Dockerfile(name, escape, syntax, instructions);
  }

  /** Joins the next line with those that continue it; empty if there is only a comment. */
  private String instruction() throws SyntaxException {
    String first = Characters.trimLeft(lines.get(next++));
    directive(first);
    StringBuilder text = new StringBuilder();
    boolean more = !isComment(first) && append(text, first);
    while (more && next < lines.size()) {
      String line = lines.get(next++);
      // Comments and empty lines do not end what is continued.
      if (!isComment(line) && !Characters.trimLeft(line).isEmpty()) {
        more = append(text, line);
      }
    }
    return text.toString();
  }

  /** Adds the line without its continuation character; whether it had one. */
  private boolean append(StringBuilder text, String line) {
    int end = line.length();
    while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
      end--;
    }
    boolean continued =
        end > 0 && line.charAt(end - 1) == escape && (end == 1 || line.charAt(end - 2) != escape);
    text.append(line, 0, continued ? end - 1 : line.length());
    return continued;
  }

  private static boolean isComment(String line) {
    return Characters.trimLeft(line).startsWith("#");
  }

  private void directive(String line) throws SyntaxException {
    Matcher m = DIRECTIVE.matcher(line);
    String key = m.matches() ? m.group(1).toLowerCase(Locale.ROOT) : "";
    directivesDone |= !DIRECTIVES.contains(key);
    if (directivesDone) {
      return;
    }
    if (!directivesSeen.add(key)) {
      throw new SyntaxException("a second # " + key + "= directive; leave one");
    }
    String value = m.group(2);
    if (key.equals("escape")) {
      if (!value.equals("\\") && !value.equals("`")) {
        throw new SyntaxException("# escape=" + LineParser.quoted(value)
            + " is neither \\ nor `, the two that there are");
      }
      escape = value.charAt(0);
    } else if (key.equals("syntax")) {
      syntax = Optional.of(new Dockerfile.Directive(value, next));
    }
  }

  private static boolean takesHeredocs(Instruction instruction) {
    Instruction i = instruction.trigger().orElse(instruction);
    return (i.is("run") || i.is("copy") || i.is("add"))
        && !i.json()
        && instruction.text().contains("<<");
  }

  private List<Heredoc> heredocs(String text) throws SyntaxException {
    List<Heredoc> documents = new ArrayList<>();
    for (Heredoc start : Heredocs.startedBy(text)) {
      StringBuilder content = new StringBuilder();
      while (true) {
        if (next == lines.size()) {
          throw new SyntaxException(
              "the heredoc " + LineParser.quoted(start.name()) + " does not end; put "
                  + LineParser.quoted(start.name()) + " on a line by itself after it");
        }
        String line = lines.get(next++);
        String end = start.chomp() ? line.replaceFirst("^\\t+", "") : line;
        if (end.equals(start.name())) {
          break;
        }
        content.append(line).append('\n');
      }
      documents.add(new Heredoc(start.name(), start.expand(), start.chomp(), content.toString()));
    }
    return documents;
  }

  /** The file's lines without their ends. */
  private static List<String> lines(String name, byte[] bytes) throws AuditException {
    List<String> lines = new ArrayList<>();
    boolean marked = bytes.length >= 3
        && bytes[0] == (byte) 0xef
        && bytes[1] == (byte) 0xbb
        && bytes[2] == (byte) 0xbf;
    int start = marked ? 3 : 0;
    while (start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      if (end - start > Limits.LINE) {
        throw new AuditException(name + ":" + (lines.size() + 1) + ": the line has " + (end - start)
            + " bytes and BuildKit takes at most " + Limits.LINE + "; break it with "
            + "continuations, or move its content to a file");
      }
      int stop = end;
      while (stop > start && bytes[stop - 1] == '\r') {
        stop--;
      }
      lines.add(new String(bytes, start, stop - start, StandardCharsets.UTF_8));
      start = end + 1;
    }
    return lines;
  }
}
