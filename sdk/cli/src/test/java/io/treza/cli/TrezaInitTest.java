package io.treza.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --init treza}: built, verified, audited and recorded. */
class TrezaInitTest {
  @TempDir
  Path dir;

  private String eif = "";

  @BeforeEach
  void prepare() throws IOException {
    byte[] kernel = new byte[2048];
    System.arraycopy("HdrS".getBytes(ISO_8859_1), 0, kernel, 0x202, 4);
    Files.write(dir.resolve("bzImage"), kernel);
    Files.write(dir.resolve("init"), "AWS's".getBytes(UTF_8));
    DemoImage.write(dir.resolve("image"), "a setting");
    eif = dir.resolve("a.eif").toString();
  }

  private CommandLineRun run(String command, String... more) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.addAll(List.of(
        dir.resolve("image").toString(),
        "--kernel",
        dir.resolve("bzImage").toString(),
        "--cmdline",
        "quiet"));
    args.addAll(List.of(more));
    return CommandLineRun.of(args);
  }

  private static void requireInit() {
    Requirement.require(
        EnclaveInit.bundled(Architecture.X86_64).isPresent(),
        "this build has no init for x86_64: is musl-gcc here?");
  }

  private static JsonNode json(CommandLineRun run) throws IOException {
    assertEquals(0, run.status(), run.err());
    return JsonMapper.builder().build().readTree(run.out());
  }

  @Test
  void buildsTheSameAgainAndTellsOptionsApart() throws IOException {
    requireInit();
    String[] options = {"--init", "treza", "--harden", "--heartbeat", "tolerated"};
    JsonNode built = json(run("eif build -o " + eif + " --json", options));
    assertEquals(built, json(run("eif measure --json", options)));
    CommandLineRun again = run("eif verify-build --eif-path " + eif, options);
    assertEquals(0, again.status(), again.out() + again.err());
    CommandLineRun other = run("eif verify-build --eif-path " + eif, "--init", "treza");
    assertEquals(1, other.status());
    assertTrue(other.out().contains("process"), other.out());
  }

  @Test
  void channelsAreMeasuredWhereverTheyComeFrom() throws IOException {
    requireInit();
    String[] stated = {"--init", "treza", "--expose", "8443,80", "--allow", "a.test:443"};
    JsonNode channels = json(run("eif measure --json", stated));
    JsonNode none = json(run("eif measure --json", "--init", "treza", "--no-channels"));
    assertEquals(none, json(run("eif measure --json", "--init", "treza")), "the image has none");
    JsonNode measured = channels.get("Measurements");
    assertEquals(measured.get("PCR1"), none.get("Measurements").get("PCR1"));
    assertNotEquals(measured.get("PCR2"), none.get("Measurements").get("PCR2"));
    String[] reordered = {
      "--init", "treza", "--allow", "a.test:443", "--expose", "80", "--expose", "8443"
    };
    assertEquals(channels, json(run("eif measure --json", reordered)));
  }

  @Test
  void digestsOfInitAndAgentGoFromTheBuildIntoReferenceValues() throws IOException {
    requireInit();
    Path printed = dir.resolve("build.json");
    CommandLineRun built = run("eif build -o " + eif + " --json", "--init", "treza");
    JsonNode digests = json(built).get("BlobDigests");
    assertTrue(digests.get("init").textValue().matches("sha256:[0-9a-f]{64}"));
    assertTrue(digests.has("agent"));
    assertTrue(digests.has("forwarder"));
    Files.writeString(printed, built.out());
    for (String[] source :
        new String[][] {{"--eif", eif}, {"--measurements", printed.toString()}}) {
      Path values = dir.resolve(source[0]);
      CommandLineRun published = CommandLineRun.of(
          "pcrs",
          "publish",
          values.toString(),
          "--application",
          "a",
          "--release",
          "1",
          source[0],
          source[1]);
      assertEquals(0, published.status(), published.err());
      JsonNode release = JsonMapper.builder().build().readTree(values.toFile()).findPath("blobs");
      assertEquals(digests.get("init"), release.get("init"));
      assertEquals(digests.get("agent"), release.get("agent"));
    }
  }

  @Test
  void awsInitIsStillTheBlobsOwn() throws IOException {
    Files.write(dir.resolve("cmdline"), "quiet".getBytes(UTF_8));
    String blobs = dir.toString();
    JsonNode named = json(run("eif measure --json", "--blobs", blobs, "--init", "aws"));
    assertEquals(named, json(run("eif measure --json", "--blobs", blobs)));
    assertEquals(
        named, json(run("eif measure --json", "--init", dir.resolve("init").toString())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--init ./none --harden        | are for --init treza",
        "--init ./none --no-agent      | are for --init treza",
        "--init ./none --heartbeat off | are for --init treza",
        "--init ./none --expose 1      | are for --init treza",
        "--init ./none --allow a:1     | are for --init treza",
        "--init ./none --no-channels   | are for --init treza",
        "--init treza --expose 9001    | --expose or --allow: port 9001: 9000 to 9002 are taken",
        "--init treza --allow A.test:1 | --expose or --allow: host \"A.test:1\": write it in lower",
        "--init treza --allow a:1 --no-channels | --no-channels leaves nothing",
        "--init treza --heartbeat no   | --heartbeat is required, tolerated or off, not \"no\"",
        "--init aws                    | no init: give --init FILE, or --blobs DIR"
      })
  void whatDoesNotFitTogetherIsSaid(String options, String message) {
    CommandLineRun refused = run("eif measure", options.split(" "));
    assertEquals(2, refused.status());
    assertTrue(refused.err().contains(message), refused.err());
  }

  @Test
  void theAuditKnowsWhatTheInitDoes() throws IOException {
    assertEquals("INCONCLUSIVE", readOnlyRoot());
    assertEquals("INCONCLUSIVE", readOnlyRoot("--init", "treza"));
    assertEquals("PASS", readOnlyRoot("--init", "treza", "--harden"));
    String image = dir.resolve("image").toString();
    CommandLineRun refused = CommandLineRun.of("image", "audit", image, "--harden");
    assertTrue(refused.err().contains("--harden is for --init treza"), refused.err());
  }

  private String readOnlyRoot(String... options) throws IOException {
    List<String> args = new ArrayList<>(
        List.of("image", "audit", dir.resolve("image").toString(), "--format", "json"));
    args.addAll(List.of(options));
    for (JsonNode check :
        JsonMapper.builder().build().readTree(CommandLineRun.of(args).out()).findPath("checks")) {
      if (check.get("id").textValue().equals("H05")) {
        return check.get("result").textValue();
      }
    }
    throw new AssertionError("H05 is not in the report");
  }
}
