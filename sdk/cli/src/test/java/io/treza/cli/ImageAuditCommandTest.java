package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code treza image audit}: statuses, forms of output, and what goes together. */
class ImageAuditCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String POD = """
      apiVersion: v1
      kind: Pod
      metadata: {name: app}
      spec: {containers: [{name: app, image: app}]}
      """;

  @TempDir
  Path directory;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static CommandLineRun audit(Object... arguments) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("image", "audit"), Arrays.stream(arguments).map(Object::toString))
            .toList());
  }

  private Path dockerfile() throws IOException {
    return write("Dockerfile", "FROM scratch\nCOPY app /app\nUSER 65532\nENTRYPOINT [\"/app\"]\n");
  }

  private Path image() throws IOException {
    return new CraftedImage().write(directory.resolve("layout"));
  }

  private static List<String> results(CommandLineRun run, String pointer) throws IOException {
    List<String> results = new ArrayList<>();
    for (JsonNode check : JSON.readTree(run.out()).at(pointer + "/checks")) {
      results.add(check.get("id").textValue() + " " + check.get("result").textValue());
    }
    return results;
  }

  @Test
  void passesWithStatus0AndFailsWith1() throws IOException {
    CommandLineRun good = audit("--dockerfile", dockerfile());
    assertEquals(0, good.status(), good.out() + good.err());
    assertTrue(good.out().strip().endsWith("PASSED"), good.out());
    Files.writeString(dockerfile(), "FROM ubuntu\n");
    CommandLineRun bad = audit("--dockerfile", directory.resolve("Dockerfile"));
    assertEquals(1, bad.status(), bad.out());
    assertTrue(bad.out().contains("FAIL          H09"), bad.out());
  }

  @Test
  void inconclusiveFailsIfAskedFor() throws IOException {
    assertEquals(
        1, audit("--dockerfile", dockerfile(), "--fail-on", "inconclusive").status());
    Path policy = write("policy.yaml", "fail: [FAIL, INCONCLUSIVE]\n");
    assertEquals(1, audit("--dockerfile", dockerfile(), "--policy", policy).status());
  }

  @Test
  void anExpiredAcceptanceFails() throws IOException {
    Path file = write("Dockerfile", "FROM ubuntu\n");
    Path policy = write("policy.yaml", """
        rules:
          - {accept: H02, reason: a test, expires: %1$s}
          - {accept: H03, reason: a test, expires: %1$s}
          - {accept: H08, reason: a test, expires: %1$s}
          - {accept: H09, reason: a test, expires: %1$s}
        """.formatted("9999-12-31"));
    CommandLineRun accepted = audit("--dockerfile", file, "--policy", policy);
    assertEquals(0, accepted.status(), accepted.out());
    assertTrue(
        accepted.out().contains("[the policy accepts this until 9999-12-31: a test]"),
        accepted.out());
    Files.writeString(policy, Files.readString(policy).replace("9999", "2020"));
    CommandLineRun expired = audit("--dockerfile", file, "--policy", policy);
    assertEquals(1, expired.status(), expired.out());
    assertTrue(expired.out().contains("which is over"), expired.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--dockerfile missing",
        "--context .",
        "--k8s missing",
        "--scan-report missing",
        "--policy missing --dockerfile Dockerfile",
        "--format html --dockerfile Dockerfile",
        "--fail-on sometimes --dockerfile Dockerfile",
        "--init systemd --dockerfile Dockerfile",
        "--layout flat --dockerfile Dockerfile",
        "--command-rule mine --dockerfile Dockerfile",
        "--memory 0 --dockerfile Dockerfile",
        "--arch riscv --dockerfile Dockerfile",
        "--made-by magic --dockerfile Dockerfile",
        "--k8s-version 12 --k8s app.yaml",
        "--scan nmap Dockerfile.tar",
        "no-such-image.tar",
        "./Dockerfile"
      })
  void whatCannotBeAuditedIsStatus2WithOneLine(String words) throws IOException {
    dockerfile();
    write("app.yaml", POD);
    Object[] arguments = Stream.of(words.split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> Files.exists(directory.resolve(word)) && !word.equals(".")
            ? directory.resolve(word)
            : word)
        .toArray();
    CommandLineRun run = audit(arguments);
    assertEquals(2, run.status(), run.out() + run.err());
    assertEquals("", run.out());
    assertFalse(run.err().isBlank());
    assertFalse(run.err().contains("\tat "), run.err());
    assertFalse(run.err().contains("unexpected"), run.err());
  }

  @Test
  void malformedEvidenceIsStatus2NamingItsPlace() throws IOException {
    Path report = write("report.json", "{\"SchemaVersion\": 2,\n \"Results\": 7}");
    CommandLineRun run = audit("--scan-report", report);
    assertEquals(2, run.status());
    assertTrue(run.err().contains("report.json: line 2, /Results"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void jsonIsAnObjectUnlessThereAreManifests() throws IOException {
    CommandLineRun alone = audit(image(), "--format", "json");
    JsonNode object = JSON.readTree(alone.out());
    assertTrue(object.isObject());
    assertEquals("image", object.at("/subject/type").textValue());
    CommandLineRun deployed = audit(image(), "--k8s", write("app.yaml", POD), "--format", "JSON");
    JsonNode array = JSON.readTree(deployed.out());
    assertEquals(2, array.size());
    assertEquals(object.get("subject"), array.at("/0/subject"));
    assertEquals("app", array.at("/1/subject/name").textValue());
    CommandLineRun manifestsAlone = audit("--k8s", write("app.yaml", POD), "--format", "json");
    assertEquals(1, JSON.readTree(manifestsAlone.out()).size());
  }

  @Test
  void severalFilesMayFollowAnOption() throws IOException {
    Path a = write("a.yaml", POD);
    Path b = write("b.yaml", POD.replace("name: app}", "name: other}"));
    CommandLineRun together = audit("--k8s", a, b, "--format", "json");
    assertEquals(
        together.out(), audit("--k8s", a, "--k8s", b, "--format", "json").out());
    assertEquals("other", JSON.readTree(together.out()).at("/1/subject/name").textValue());
  }

  @ParameterizedTest
  @CsvSource({"table", "json", "sarif", "markdown"})
  void everyFormatIsTheSameTwice(String format) throws IOException {
    Object[] arguments = {
      image(), "--dockerfile", dockerfile(), "--k8s", write("app.yaml", POD), "--format", format
    };
    CommandLineRun run = audit(arguments);
    assertEquals(1, run.status(), run.err());
    assertFalse(run.out().isBlank());
    assertEquals(run.out(), audit(arguments).out());
    assertFalse(run.out().contains("\u001b"), "colour where nobody asked for it");
  }

  @Test
  void theOutputFileIsWhatWouldBePrinted() throws IOException {
    Path output = write("audit.json", "old");
    CommandLineRun printed = audit("--dockerfile", dockerfile(), "--format", "json");
    CommandLineRun written =
        audit("--dockerfile", dockerfile(), "--format", "json", "--output", output);
    assertEquals("", written.out());
    assertEquals(printed.out(), Files.readString(output));
    audit("--dockerfile", directory.resolve("missing"), "--output", output);
    assertEquals(printed.out(), Files.readString(output), "a failed audit leaves it as it was");
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(2, files.count(), "nothing is left beside it");
    }
  }

  @Test
  void theTargetIsWhatIsJudgedFor() throws IOException {
    CommandLineRun run = audit(image(), "--memory", "1", "--format", "json");
    assertTrue(results(run, "").contains("E09 WARN"), run.out());
    CommandLineRun enough = audit(image(), "--memory", "4096", "--format", "json");
    assertTrue(results(enough, "").contains("E09 PASS"), enough.out());
    CommandLineRun sent = audit(image(), "--made-by", "docker-dir", "--format", "json");
    assertFalse(results(sent, "").contains("E16 NOT_APPLICABLE"), sent.out());
  }

  @Test
  void manifestsWithoutWorkloadsAreNoted() throws IOException {
    Path odd = write("odd.yaml", POD + "---\nspec: {containers: [{image: a}]}\n");
    CommandLineRun run = audit("--k8s", odd);
    assertTrue(run.err().contains("note: "), run.err());
  }

  @Test
  void aRealReportGetsItsRealImagesVerdict() throws IOException {
    Path image = Requirement.shared("images/alpine-310.tar.gz");
    Path report = Requirement.shared("scan-reports/trivy-alpine-310.json");
    CommandLineRun run = audit(image, "--scan-report", report, "--format", "json");
    assertTrue(results(run, "").contains("H07 INCONCLUSIVE"), run.out());
    assertTrue(run.out().contains("about another image"), run.out());
  }

  @Test
  void hostileNamesDoNotSteerTheTerminal() throws IOException {
    Path file = write("app.yaml", POD.replace("name: app}", "name: \"a\\e[2Jb\"}"));
    CommandLineRun run = audit("--k8s", file);
    assertFalse(run.out().contains("\u001b"), run.out());
    assertFalse(run.err().contains("\u001b"), run.err());
  }
}
