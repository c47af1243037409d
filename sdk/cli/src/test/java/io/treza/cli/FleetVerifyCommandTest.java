package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.testkit.FakeEnclave;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command on a real platform and on enclaves at addresses. */
class FleetVerifyCommandTest {
  @TempDir
  Path directory;

  private Path file(String json) throws IOException {
    return Files.writeString(directory.resolve("fleet.json"), json);
  }

  private CommandLineRun verify(TestPlatform platform, Path fleet, String... more) {
    List<String> args = new ArrayList<>(List.of(
        "fleet",
        "verify",
        fleet.toString(),
        "--platform=" + platform.url(),
        "--api-key-file=" + platform.file("key"),
        "--root=" + platform.file("root.pem")));
    args.addAll(List.of(more));
    return CommandLineRun.of(args);
  }

  private static String enclaves(String... ids) {
    return "{\"members\": [{\"enclave\": \"" + String.join("\"}, {\"enclave\": \"", ids) + "\"}]}";
  }

  private static String deployed(TestPlatform platform) {
    String id = platform.create("app");
    assertEquals(0, platform.enclave("wait", id, "--poll=PT0.01S").status());
    return id;
  }

  @Test
  void enclavesOfAPlatformAreGroupedByWhatTheyRun() throws IOException {
    try (TestPlatform platform = new TestPlatform(directory)) {
      String one = deployed(platform);
      String two = deployed(platform);
      String pins = "--pcrs=" + platform.file("pins.json");
      CommandLineRun run = verify(platform, file(enclaves(one, two)), pins);
      assertEquals(0, run.status(), run::toString);
      assertTrue(run.out().contains(one + ", " + two), run::toString);
      assertTrue(run.out().contains("2 of 2 members verified"), run::toString);
      assertTrue(run.out().contains("SIMULATED: proves nothing about hardware"), run::toString);

      run = verify(platform, file(enclaves(one, "enc_unknown")), pins, "--json");
      assertEquals(1, run.status(), run::toString);
      List<JsonNode> lines = new ArrayList<>();
      for (String line : run.out().lines().toList()) {
        lines.add(JsonMapper.builder().build().readTree(line));
      }
      assertEquals("VERIFIED", lines.get(0).path("verdict").textValue());
      assertTrue(lines.get(0).path("simulated").booleanValue());
      assertEquals("enc_unknown", lines.get(1).path("member").textValue());
      assertEquals("UNREACHABLE", lines.get(1).path("verdict").textValue());

      run = verify(platform, file(enclaves(one)), "--pcrs=" + platform.file("others.json"));
      assertEquals(1, run.status(), run::toString);
      assertTrue(
          run.out().startsWith("REJECTED  " + one + ": MEASUREMENT_MISMATCH"), run::toString);
      assertTrue(run.out().contains("0 of 1 members verified"), run::toString);
    }
  }

  @Test
  void anEnclaveBehindTwoAddressesVouchesForNeither() throws IOException {
    try (FakeEnclave enclave = FakeEnclave.start()) {
      Path root = Files.writeString(
          directory.resolve("root.pem"),
          "-----BEGIN CERTIFICATE-----\n"
              + Base64.getMimeEncoder().encodeToString(enclave.rootCertificate())
              + "\n-----END CERTIFICATE-----\n");
      Path pins = Files.writeString(
          directory.resolve("pins.json"),
          "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}"
              .formatted(enclave.pcr(0), enclave.pcr(1), enclave.pcr(2)));
      String member = "{\"name\": \"%s\", \"address\": \"" + enclave.address() + "\"}";
      String[] options = {"--root=" + root, "--pcrs=" + pins};

      Path alone = file("{\"members\": [" + member.formatted("a") + "]}");
      CommandLineRun run =
          CommandLineRun.of("fleet", "verify", alone.toString(), options[0], options[1]);
      assertEquals(0, run.status(), run::toString);

      Path twice =
          file("{\"members\": [" + member.formatted("a") + "," + member.formatted("b") + "]}");
      run = CommandLineRun.of("fleet", "verify", twice.toString(), options[0], options[1]);
      assertEquals(1, run.status(), run::toString);
      assertTrue(run.out().contains("answers for other members, too"), run::toString);
      assertTrue(run.out().contains("0 of 2 members verified"), run::toString);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]                                                          | expected {\"members\"",
        "{\"members\": []}                                           | with a member at least",
        "{\"members\": [{\"enclave\": \"a\"}], \"more\": 1}          | expected {\"members\"",
        "{\"members\": [{\"enclave\": 1}]}                           | member 1: \"enclave\" must",
        "{\"members\": [{\"enclave\": \"a\", \"name\": \"b\"}]}      | member 1: unknown \"name\"",
        "{\"members\": [{\"name\": \"a\"}]}                          | \"address\" must be a text",
        "{\"members\": [{\"name\": \"a\", \"address\": \"h t\"}]}    | member 1: Illegal character",
        "{\"members\": [{\"name\": \"a\", \"address\": \"http://b\"}]} | member 1: a: an address is",
        "{\"members\": [1]}                                          | \"name\" must be a text",
        "{\"members\": [{\"enclave\": \"a\", \"enclave\": \"b\"}]}   | is no JSON, at line 1",
        "{                                                           | is no JSON, at line 1"
      })
  void aFileThatListsNoFleetIsRefused(String json, String says) throws IOException {
    Path pins = Files.writeString(
        directory.resolve("pins.json"),
        "{\"PCR0\": \"%1$s\", \"PCR1\": \"%1$s\", \"PCR2\": \"%1$s\"}".formatted("11".repeat(48)));
    CommandLineRun run = CommandLineRun.of(
        "fleet",
        "verify",
        file(json).toString(),
        "--pcrs=" + pins,
        "--platform=http://127.0.0.1:1",
        "--wallet=0x0000000000000000000000000000000000000000");
    assertEquals(2, run.status(), run::toString);
    assertTrue(run.err().contains(says), run::toString);
  }

  @Test
  void twoMembersOfOneNameAreRefused() throws IOException {
    try (TestPlatform platform = new TestPlatform(directory)) {
      CommandLineRun run = verify(
          platform, file(enclaves("enc_1", "enc_1")), "--pcrs=" + platform.file("pins.json"));
      assertEquals(2, run.status(), run::toString);
      assertTrue(run.err().contains("two members are named \"enc_1\""), run::toString);
    }
  }

  @Test
  void whatMembersMustMeasureToIsSaid() throws IOException {
    CommandLineRun run =
        CommandLineRun.of("fleet", "verify", file(enclaves("enc_1")).toString());
    assertEquals(2, run.status(), run::toString);
    assertTrue(run.err().contains("--pcrs"), run::toString);
  }
}
