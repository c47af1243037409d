package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.audit.AuditPolicy;
import io.treza.audit.CheckId;
import io.treza.eif.EifRule;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The docs say what is: their commands parse and run, their Java compiles, their links lead. */
class DocsTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern BLOCK = Pattern.compile("(?s)```(\\w+)\n(.*?)```");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

  @TempDir
  Path directory;

  @Test
  void everyCommandIsOneThatTheProgramUnderstands() throws IOException {
    List<List<String>> commands = commands(pages());
    assertFalse(commands.isEmpty());
    for (List<String> command : commands) {
      new CommandLine(new Treza()).parseArgs(command.toArray(String[]::new));
    }
  }

  @Test
  void theCommandsAboutArchivedDocumentsVerifyARealOne() throws IOException {
    Path real = Requirement.shared("attestation/documents/dstack-03.cbor");
    Path pins = directory.resolve("pins.json");
    String shown = CommandLineRun.of("attestation", "show", real.toString()).out();
    Files.writeString(
        pins,
        "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}"
            .formatted(pcr(shown, 0), pcr(shown, 1), pcr(shown, 2)));
    int audits = 0;
    for (List<String> command : commands(List.of(ROOT.resolve("docs/verify.md")))) {
      if (!command.contains("--audit") && !command.contains("show")) {
        continue;
      }
      List<String> args = new ArrayList<>(command);
      args.replaceAll(arg -> arg.equals("document.cbor")
          ? real.toString()
          : arg.equals("pins.json") ? pins.toString() : arg);
      CommandLineRun run = CommandLineRun.of(args);
      assertEquals(0, run.status(), args + run.out() + run.err());
      audits++;
    }
    assertTrue(audits >= 3, "found " + audits);
  }

  @Test
  void everyJavaSnippetStandsInACompiledSample() throws IOException {
    StringBuilder samples = new StringBuilder();
    try (Stream<Path> files = Files.walk(ROOT.resolve("samples"))) {
      for (Path file :
          files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        samples.append(squeezed(Files.readString(file)));
      }
    }
    int snippets = 0;
    for (Path page : pages()) {
      for (String snippet : blocks(page, "java")) {
        assertTrue(samples.indexOf(squeezed(snippet)) >= 0, page + " has no sample for " + snippet);
        snippets++;
      }
    }
    assertTrue(snippets >= 2, "found " + snippets);
  }

  @Test
  void theReadmesQuickStartIsShort() throws IOException {
    List<String> snippets = blocks(ROOT.resolve("README.md"), "java");
    assertEquals(1, snippets.size());
    assertTrue(snippets.get(0).lines().filter(line -> !line.isBlank()).count() <= 15);
  }

  @Test
  void everyRelativeLinkLeadsSomewhere() throws IOException {
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        Path target = page.getParent().resolve(link.group(1));
        assertTrue(Files.exists(target), page + " links to " + target);
      }
    }
  }

  /** {@code -Dtreza.update=true} writes the page anew. */
  @Test
  void thePageOfReasonsHasEveryReason() throws IOException {
    StringBuilder page = new StringBuilder("""
            # Reasons for refusal

            Every refusal names exactly one. What was expected and what was found stands beside it in
            the rejection; `authenticated` says whether chain and signature had been verified by then.

            | reason | meaning | what to do |
            |---|---|---|
            """);
    for (Reason reason : Reason.values()) {
      page.append("| `%s` | %s | %s |%n".formatted(reason, reason.summary(), reason.remedy()));
    }
    String expected = page.toString().replace("\r\n", "\n");
    Path file = ROOT.resolve("docs/reasons.md");
    if (Boolean.getBoolean("treza.update")) {
      Files.writeString(file, expected);
    }
    assertEquals(expected, Files.readString(file), "if meant, -Dtreza.update=true");
  }

  /** {@code -Dtreza.update=true} writes the page anew. */
  @Test
  void thePageOfEifFindingsHasEveryRule() throws IOException {
    StringBuilder page = new StringBuilder("""
            # Findings about enclave image files

            What `treza eif lint` looks for. An error does not boot everywhere, or is two images to
            two readers; a warning is probably not meant; a note is worth knowing.

            | finding | severity | why | what to do |
            |---|---|---|---|
            """);
    for (EifRule rule : EifRule.values()) {
      page.append("| `%s` | %s | %s | %s |\n"
          .formatted(
              rule.id(),
              rule.severity().name().toLowerCase(Locale.ROOT),
              rule.why(),
              rule.remedy()));
    }
    Path file = ROOT.resolve("docs/eif-findings.md");
    if (Boolean.getBoolean("treza.update")) {
      Files.writeString(file, page);
    }
    assertEquals(page.toString(), Files.readString(file), "if meant, -Dtreza.update=true");
  }

  /** {@code -Dtreza.update=true} writes the page anew. */
  @Test
  void thePageOfAuditChecksHasEveryCheck() throws IOException {
    StringBuilder page = new StringBuilder("""
            # Checks of images

            What `treza image audit` looks for ([audit.md](audit.md)). A finding has the id of its check,
            or that and a name after a dash.

            | check | title | in an enclave | why | what to do |
            |---|---|---|---|---|
            """);
    for (CheckId check : CheckId.values()) {
      page.append("| `%s` | %s | %s | %s | %s |\n"
          .formatted(check, check.title(), check.inEnclave().text(), check.why(), check.fix()));
    }
    Path file = ROOT.resolve("docs/audit-checks.md");
    if (Boolean.getBoolean("treza.update")) {
      Files.writeString(file, page);
    }
    assertEquals(page.toString(), Files.readString(file), "if meant, -Dtreza.update=true");
  }

  @Test
  void thePolicyOfTheAuditPageIsOneThatIsUnderstood() throws IOException {
    List<String> policies = blocks(ROOT.resolve("docs/audit.md"), "yaml");
    assertEquals(1, policies.size());
    Path file = Files.writeString(directory.resolve("policy.yaml"), policies.get(0));
    assertEquals(3, AuditPolicy.read(file).rules().size());
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"));
        Stream<Path> top = Files.list(ROOT)) {
      return Stream.concat(top, docs)
          .filter(f -> f.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static List<List<String>> commands(List<Path> pages) throws IOException {
    List<List<String>> commands = new ArrayList<>();
    for (Path page : pages) {
      for (String block : blocks(page, "sh")) {
        block
            .replace("\\\n", " ")
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("./treza "))
            .map(line -> line.replaceAll("\\s+[>#].*", ""))
            .map(line -> Arrays.asList(line.split("\\s+")))
            .forEach(words -> commands.add(words.subList(1, words.size())));
      }
    }
    return commands;
  }

  private static List<String> blocks(Path page, String language) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(page, StandardCharsets.UTF_8));
    while (block.find()) {
      if (block.group(1).equals(language)) {
        blocks.add(block.group(2));
      }
    }
    return blocks;
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static String pcr(String shown, int index) {
    Matcher pcr = Pattern.compile("PCR" + index + "\\s+([0-9a-f]{96})").matcher(shown);
    assertTrue(pcr.find(), shown);
    return pcr.group(1);
  }
}
