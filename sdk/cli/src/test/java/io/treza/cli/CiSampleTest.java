package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the steps of {@code samples/ci/enclave-image.yml} as the runner of GitHub Actions does. */
class CiSampleTest {
  private static final Path WORKFLOW = Path.of("../../samples/ci/enclave-image.yml");
  private static final Pattern STEP = Pattern.compile(
      "(?m)^ {6}- name: (.+)\n(?: {8}(?!run:).*\n)*? {8}run: \\|\n((?: {10}.*\n)+)");
  private static final Pattern SETTING = Pattern.compile("(?m)^  ([A-Z_]+): ([a-z.-]+)$");

  @TempDir
  Path workspace;

  private Map<String, String> environment;

  private record Step(String name, String script) {}

  private static List<Step> steps() throws IOException {
    String workflow = Files.readString(WORKFLOW);
    List<Step> steps = new ArrayList<>();
    Matcher step = STEP.matcher(workflow);
    while (step.find()) {
      steps.add(new Step(step.group(1), step.group(2).replaceAll("(?m)^ {10}", "")));
    }
    assertEquals(workflow.lines().filter(l -> l.strip().startsWith("run:")).count(), steps.size());
    return steps;
  }

  /** Lays out what the workflow's other steps and settings bring. */
  @BeforeEach
  void prepare() throws IOException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "bash"))),
        "bash is not installed");
    Path keys = Requirement.shared("eif/golden/keys");
    environment = new ProcessBuilder().environment();
    Matcher setting = SETTING.matcher(Files.readString(WORKFLOW));
    while (setting.find()) {
      environment.put(setting.group(1), setting.group(2));
    }
    DemoImage.write(workspace.resolve("image"), "setting");
    Path blobs = Files.createDirectory(workspace.resolve(environment.get("BLOBS")));
    Files.copy(Requirement.shared("eif/golden/in/kernel-a.bin"), blobs.resolve("bzImage"));
    Files.writeString(blobs.resolve("cmdline"), "console=ttyS0\n");
    Files.writeString(blobs.resolve("init"), "not an init");
    Files.copy(
        keys.resolve("cert384.pem"), workspace.resolve(environment.get("SIGNING_CERTIFICATE")));
    Path path = Files.createFile(workspace.resolve("path"));
    environment.putAll(Map.of(
        "IMAGE", "oci:image",
        "SIGNING_KEY", Files.readString(keys.resolve("key384.pem")),
        "GITHUB_WORKSPACE", workspace.toString(),
        "GITHUB_STEP_SUMMARY", workspace.resolve("summary.md").toString(),
        "GITHUB_PATH", path.toString()));
    // In place of the launcher, which might begin to build what is being tested.
    Path treza = Files.createDirectory(workspace.resolve("treza")).resolve("treza");
    Files.writeString(
        treza,
        "#!/usr/bin/env bash\nexec '%s' -cp '%s' io.treza.cli.Treza \"$@\"\n"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path")));
    assertTrue(treza.toFile().setExecutable(true));
  }

  /** What a step wrote, and its status, with the shell and options that the runner uses. */
  private int run(Step step) throws IOException, InterruptedException {
    ProcessBuilder bash =
        new ProcessBuilder("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script);
    bash.directory(workspace.toFile())
        .redirectErrorStream(true)
        .redirectOutput(workspace.resolve("log").toFile());
    bash.environment().putAll(environment);
    for (String added : Files.readAllLines(workspace.resolve("path"))) {
      bash.environment().merge("PATH", added, (old, first) -> first + ":" + old);
    }
    return bash.start().waitFor();
  }

  private String log() throws IOException {
    return Files.readString(workspace.resolve("log"));
  }

  private JsonNode json(String name) throws IOException {
    return JsonMapper.builder().build().readTree(workspace.resolve(name).toFile());
  }

  @Test
  void stepsEndWithASignedImageAndItsPins() throws IOException, InterruptedException {
    for (Step step : steps()) {
      assertEquals(0, run(step), step.name + ": " + log());
    }
    assertTrue(
        Files.readString(workspace.resolve("summary.md")).startsWith("# Image audit: passed"));
    JsonNode pins = json("pins.json").get("Measurements");
    JsonNode built = json("built.json").get("Measurements");
    for (String register : List.of("PCR0", "PCR1", "PCR2")) {
      assertEquals(built.get(register), pins.get(register));
    }
    assertEquals(96, pins.get("PCR8").textValue().length());
    assertEquals(pins, json("description.json").get("Measurements"));
    assertTrue(json("description.json").get("SignatureCheck").booleanValue());
  }

  @Test
  void aBuildOfOtherInputsIsFound() throws IOException, InterruptedException {
    for (Step step : steps()) {
      if (step.name.equals("Build again and compare")) {
        Files.writeString(workspace.resolve(environment.get("BLOBS")).resolve("init"), "another");
        assertNotEquals(0, run(step));
        assertTrue(log().contains("init"), log());
        return;
      }
      assertEquals(0, run(step), step.name + ": " + log());
    }
    throw new AssertionError("no such step");
  }
}
