package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code treza eif build} stops on what would not boot, and says so where it was told not to look. */
class BootAuditTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir
  Path directory;

  private Path kernel = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    kernel = Files.writeString(directory.resolve("kernel"), "no known kernel");
    output = directory.resolve("out.eif");
  }

  private String image(String name, UnaryOperator<String> config) throws IOException {
    return "oci:" + new CraftedImage().config(config).write(directory.resolve(name));
  }

  private String good() throws IOException {
    return image("good", UnaryOperator.identity());
  }

  private String dead() throws IOException {
    return image("dead", config -> config.replace("/bin/app", "/bin/missing"));
  }

  private CommandLineRun eif(String command, String... more) {
    List<String> args = new ArrayList<>(List.of("eif", command));
    args.addAll(Arrays.asList(more));
    String file = kernel.toString();
    args.addAll(List.of("--kernel", file, "--init", file, "--cmdline", "quiet"));
    return CommandLineRun.of(args);
  }

  private CommandLineRun build(String... more) {
    List<String> args = new ArrayList<>(Arrays.asList(more));
    args.addAll(List.of("--output", output.toString()));
    return eif("build", args.toArray(String[]::new));
  }

  private JsonNode described(String pointer) throws IOException {
    CommandLineRun run = CommandLineRun.of("eif", "describe", output.toString());
    return JSON.readTree(run.out()).at("/Metadata/" + pointer);
  }

  @Test
  void whatWouldNotBootIsNotBuilt() throws IOException {
    CommandLineRun run = build(dead());
    assertEquals(Treza.NO, run.status(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains("E02"), run.err());
    assertTrue(run.err().contains("/bin/missing"), run.err());
    assertTrue(run.err().contains("To do: "), run.err());
    assertFalse(Files.exists(output));
  }

  @Test
  void whatBootsIsBuiltWithoutAWord() throws IOException {
    CommandLineRun run = build(good());
    assertEquals(Treza.YES, run.status(), run.err());
    assertEquals("", run.err());
    assertTrue(described("treza").isMissingNode());
  }

  @Test
  void measuringAsksNothingAboutBooting() throws IOException {
    assertEquals(Treza.YES, eif("measure", dead()).status());
  }

  @Test
  void theCommandRuleChosenIsJudged() throws IOException {
    String both = image(
        "both",
        config -> config.replace(
            "\"Cmd\":[\"/bin/app\"]", "\"Entrypoint\":[\"/bin/app\"],\"Cmd\":[\"serve\"]"));
    assertEquals(Treza.YES, build(both).status());
    Files.delete(output);
    CommandLineRun run = build(both, "--command-rule", "nitro-cli");
    assertEquals(Treza.NO, run.status(), run.err());
    assertTrue(run.err().contains("serve"), run.err());
    assertFalse(Files.exists(output));
  }

  @Test
  void anAuditThatWasSkippedIsNotedInTheMetadata() throws IOException {
    assertEquals(Treza.YES, build(dead(), "--no-audit").status());
    assertEquals("skipped", described("treza/audit").textValue());
    byte[] first = Files.readAllBytes(output);
    build(dead(), "--no-audit");
    assertArrayEquals(first, Files.readAllBytes(output), "the same bytes again");
    assertEquals(
        Treza.YES,
        eif("verify-build", dead(), "--no-audit", "--eif-path", output.toString())
            .status());
    assertEquals(
        Treza.NO, eif("verify-build", dead(), "--eif-path", output.toString()).status());
  }

  @Test
  void theNoteStandsBesideWhatTheUserAdds() throws IOException {
    Path mine = Files.writeString(directory.resolve("mine.json"), "{\"team\":\"shop\"}");
    build(good(), "--no-audit", "--metadata", mine.toString());
    assertEquals("shop", described("team").textValue());
    assertEquals("skipped", described("treza/audit").textValue());
    for (String refused : List.of("{\"treza\":1}", "[]", "{")) {
      Files.writeString(mine, refused);
      CommandLineRun run = build(good(), "--no-audit", "--metadata", mine.toString());
      assertEquals(Treza.UNUSABLE, run.status(), refused);
      assertTrue(run.err().contains("--metadata"), run.err());
    }
  }

  @Test
  void theMeasurementsAreThoseWithTheAudit() throws IOException {
    assertEquals(build(good()).out(), build(good(), "--no-audit").out());
  }
}
