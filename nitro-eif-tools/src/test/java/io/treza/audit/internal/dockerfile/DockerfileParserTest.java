package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerfileParserTest {
  private static Dockerfile parse(String text) throws AuditException {
    return DockerfileParser.parse("Dockerfile", text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> args(String text) throws AuditException {
    return parse(text).instructions().get(0).args();
  }

  private static String refusal(String text) {
    return assertThrows(AuditException.class, () -> parse(text)).getMessage();
  }

  private static List<Path> files(String pattern) throws IOException {
    Path directory = Requirement.shared("dockerfiles");
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> f.getFileName().toString().matches(pattern))
          .sorted()
          .collect(Collectors.toList());
    }
  }

  /** BuildKit's way of printing a tree, with its own Go string literals. */
  private static String tree(Instruction i) {
    StringBuilder text = new StringBuilder("(" + i.keyword());
    if (!i.flags().isEmpty()) {
      text.append(" [")
          .append(i.flags().stream()
              .map(DockerfileParserTest::literal)
              .collect(Collectors.joining(" ")))
          .append("]");
    }
    i.trigger().ifPresent(t -> text.append(" ").append(tree(t)));
    i.args().forEach(a -> text.append(" ").append(literal(a)));
    return text.append(")").toString();
  }

  private static String literal(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t").replace("\n", "\\n")
        + '"';
  }

  @Test
  void allTreesOfBuildKitMatch() throws IOException {
    List<Path> results = files("bkparser-.*\\.result");
    assertEquals(18, results.size());
    for (Path result : results) {
      Path file = Path.of(result.toString().replace(".result", ".Dockerfile"));
      Dockerfile parsed = DockerfileParser.parse(file.toString(), Files.readAllBytes(file));
      String trees = parsed.instructions().stream()
          .map(DockerfileParserTest::tree)
          .collect(Collectors.joining("\n"));
      assertEquals(Files.readString(result).strip(), trees, file.toString());
    }
  }

  @Test
  void whatBuildKitRefusesIsRefused() throws IOException {
    List<Path> files = files("bkparser-neg-.*");
    assertEquals(4, files.size());
    for (Path file : files) {
      AuditException e = assertThrows(
          AuditException.class,
          () -> DockerfileParser.parse(file.toString(), Files.readAllBytes(file)),
          file.toString());
      assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    }
  }

  @Test
  void allRealFilesParse() throws IOException {
    List<Path> files = files("(?!bkparser).*\\.Dockerfile");
    assertTrue(files.size() >= 26);
    for (Path file : files) {
      DockerfileParser.parse(file.toString(), Files.readAllBytes(file));
    }
  }

  @Test
  void refusalsNameTheLineAndTheRemedy() {
    assertEquals(
        "Dockerfile: has no instruction; a Dockerfile needs at least FROM", refusal("# only\n\n"));
    assertEquals(
        "Dockerfile:3: ENV \"PATH\" has no value; write ENV name=value",
        refusal("FROM a\n\nENV PATH\n"));
    assertEquals(
        "Dockerfile:2: ENV: \"b\" has no =; write name=value, in quotes if it has blanks",
        refusal("FROM a\nENV a=1 b\n"));
    assertEquals(
        "Dockerfile:1: the JSON form takes an array of strings only; write [\"program\","
            + " \"argument\"]",
        refusal("CMD [ \"echo\", [ \"nested\" ] ]"));
    assertEquals(
        "Dockerfile:1: ONBUILD cannot put off another ONBUILD; write only one",
        refusal("ONBUILD ONBUILD RUN x"));
    assertEquals(
        "Dockerfile:2: the heredoc \"EOF\" does not end; put \"EOF\" on a line by itself after it",
        refusal("FROM a\nRUN <<EOF\nx\n EOF\n"));
    assertEquals(
        "Dockerfile:2: a second # escape= directive; leave one",
        refusal("# escape=`\n# Escape=\\\nFROM a"));
    assertEquals(
        "Dockerfile:1: # escape=\"x\" is neither \\ nor `, the two that there are",
        refusal("# escape=x\nFROM a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CMD [1]", "CMD [null]", "CMD [true, \"a\"]", "RUN [{}]", "COPY [[\"a\"], \"b\"]"})
  void jsonOfOtherThanStringsIsRefused(String text) {
    assertTrue(refusal(text).contains("array of strings"), refusal(text));
  }

  @Test
  void whatIsNoJsonIsForTheShell() throws AuditException {
    assertEquals(List.of("['a', 'b']"), args("CMD ['a', 'b']"));
    assertEquals(List.of("[\"a\"] b"), args("CMD [\"a\"] b"));
    assertEquals(List.of("[\"a\",]"), args("CMD [\"a\",]"));
    assertEquals(List.of("[", "-f", "x", "]"), args("COPY [ -f x ]"));
    assertEquals(List.of(), args("CMD []"));
    assertTrue(parse("CMD []").instructions().get(0).json());
    assertEquals(List.of("é\u0000x"), args("CMD [\"\\u00e9\\u0000x\"]"));
  }

  @Test
  void directivesStandBeforeAllElse() throws AuditException {
    Dockerfile file = parse("#syntax = a/b:1  \n# ESCAPE=`\nFROM x `\n  y\n");
    assertEquals("a/b:1", file.syntax().orElseThrow().value());
    assertEquals(1, file.syntax().orElseThrow().line());
    assertEquals('`', file.escape());
    assertEquals(List.of("x", "y"), file.instructions().get(0).args());
    assertTrue(parse("# a comment\n# syntax=x\nFROM a").syntax().isEmpty());
    assertTrue(parse("\n# syntax=x\nFROM a").syntax().isEmpty());
    assertTrue(parse("# unknown=1\n# syntax=x\nFROM a").syntax().isEmpty());
    assertEquals("x", parse("\ufeff# syntax=x\nFROM a").syntax().orElseThrow().value());
  }

  @Test
  void linesAreCounted() throws AuditException {
    Dockerfile file = parse("FROM a\r\n# c\r\nRUN x \\\r\n  # c\r\n\r\n  y\r\n\r\nUSER 1\r\n");
    assertEquals(
        List.of(1, 3, 8), file.instructions().stream().map(Instruction::line).toList());
    assertEquals(List.of("x   y"), file.instructions().get(1).args());
  }

  @ParameterizedTest
  @CsvSource({
    "<<EOF, EOF, true, false",
    "<< EOF, EOF, true, false",
    "<<-EOF, EOF, true, true",
    "<<\"EOF\", EOF, false, false",
    "<<-'E O', E O, false, true",
    "3<<EOF, EOF, true, false",
  })
  void heredocsAreFoundByTheirStart(String start, String name, boolean expand, boolean chomp)
      throws AuditException {
    Instruction run =
        parse("RUN cat " + start + "\n\tx\n" + name + "\nUSER 1").instructions().get(0);
    assertEquals(List.of(new Heredoc(name, expand, chomp, "\tx\n")), run.heredocs());
  }

  @Test
  void severalHeredocsFollowEachOther() throws AuditException {
    Dockerfile file = parse("ONBUILD COPY <<-a <<b /x/\n1\n\ta\n2\n\tb\nb\nUSER 1\n");
    Instruction copy = file.instructions().get(0).trigger().orElseThrow();
    assertEquals(
        List.of(new Heredoc("a", true, true, "1\n"), new Heredoc("b", true, false, "2\n\tb\n")),
        copy.heredocs());
    assertEquals("user", file.instructions().get(1).keyword());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RUN cat <<<EOF",
        "RUN echo 'a <<EOF",
        "RUN [\"cat\", \"<<EOF\"]",
        "CMD cat <<EOF",
        "RUN echo $((1<<2))",
        "RUN cat \"<<EOF\"",
        "RUN cat <<"
      })
  void whatOnlyLooksLikeAHeredocIsNone(String text) throws AuditException {
    Dockerfile file = parse(text + "\nUSER 1\n");
    assertEquals(List.of(), file.instructions().get(0).heredocs());
    assertEquals(2, file.instructions().size());
  }

  @Test
  void keywordsAreOfAnyCaseInAnyLocale() throws AuditException {
    assertEquals("volume", parse("vOLUME /x").instructions().get(0).keyword());
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertEquals("entrypoint", parse("ENTRYPOINT x").instructions().get(0).keyword());
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void flagsMayBeQuotedAndEnd() throws AuditException {
    Instruction copy =
        parse("COPY --from=\"a b\" --chown=x\\ y -- --a /b").instructions().get(0);
    assertEquals(List.of("--from=a b", "--chown=x y"), copy.flags());
    assertEquals("a b", copy.flag("from").orElseThrow());
    assertEquals(List.of("--a", "/b"), copy.args());
  }

  @Test
  void longLinesAreRefusedAndLongFilesAreNot() throws AuditException {
    String line = "RUN " + "x".repeat(Limits.LINE - 4);
    assertEquals(1, parse(line + "\n").instructions().size());
    assertTrue(refusal("FROM a\n" + line + "x\n").startsWith("Dockerfile:2: the line has 65536"));
    assertTrue(refusal("x".repeat(1 << 20)).contains("at most 65535"));
    assertEquals(
        100_001, parse("FROM a\n" + "RUN x\n".repeat(100_000)).instructions().size());
    assertEquals(
        1, parse("RUN x \\\n" + "&& y \\\n".repeat(100_000)).instructions().size());
  }
}
