package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command about enclaves, against a platform that really launches and verifies. */
class EnclaveCommandTest {
  private static final String POLL = "--poll=PT0.01S";

  @TempDir
  Path directory;

  private TestPlatform platform;

  @BeforeEach
  void start() throws IOException {
    platform = new TestPlatform(directory);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private String root() {
    return "--root=" + platform.file("root.pem");
  }

  private String pins() {
    return "--pcrs=" + platform.file("pins.json");
  }

  private String deployed(String image) {
    String id = platform.create(image);
    assertEquals(0, platform.enclave("wait", id, POLL).status());
    return id;
  }

  private static JsonNode json(String line) throws IOException {
    return JsonMapper.builder().build().readTree(line);
  }

  /** No answer, for one reason, on one line, and nothing where the answer would be. */
  private static void assertUnusable(CommandLineRun run, String says) {
    assertEquals(2, run.status(), run::toString);
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("treza: "), run::toString);
    assertTrue(run.err().contains(says), run::toString);
    assertEquals(1, run.err().lines().count(), run::toString);
  }

  @Test
  void createPrintsTheIdAndNothingElse() {
    CommandLineRun run =
        platform.enclave("create", "app", "--name", "service", "--region", "eu-west-1");
    assertEquals(0, run.status(), run::toString);
    assertTrue(run.out().strip().matches("enc_[0-9a-z_]+"), run::toString);
    assertEquals("", run.err());
  }

  @Test
  void createSendsWhatItWasTold() throws IOException {
    CommandLineRun run = platform.enclave(
        "create",
        "app",
        "--name=service",
        "--description=what it is for",
        "--region=us-west-2",
        "--cpus=4",
        "--memory=2048",
        "--instance-type=m6i.2xlarge",
        "--expose=8443",
        "--expose=9443",
        "--allow=api.example.com:443",
        "--setting=workloadType=service",
        "--debug",
        "--json");
    JsonNode created = json(run.out());
    assertEquals("what it is for", created.path("description").textValue());
    assertEquals("us-west-2", created.path("region").textValue());
    assertEquals(
        json("{\"allowHosts\": \"api.example.com:443\", \"exposePorts\": \"8443,9443\","
            + " \"cpuCount\": \"4\", \"dockerImage\": \"app\", \"enableDebug\": true,"
            + " \"instanceType\": \"m6i.2xlarge\", \"memoryMiB\": \"2048\","
            + " \"workloadType\": \"service\"}"),
        ((ObjectNode) created.path("providerConfig")).without("clientToken"));
  }

  @Test
  void environmentVariablesBelongIntoTheImageAndAreNeverShown() throws IOException {
    Path environment = Files.writeString(directory.resolve("env.json"), "{\"TOKEN\": \"s3cret\"}");
    CommandLineRun run = platform.enclave(
        "create", "app", "--name=service", "--region=us-west-2", "--env-file=" + environment);
    assertUnusable(run, "set variables in the image");
    assertFalse(run.toString().contains("s3cret"), run::toString);
  }

  @Test
  void listIsATableAndJsonIsALineForEach() throws IOException {
    assertEquals(List.of("ID  STATUS  NAME  REGION  CREATED"), lines(platform.enclave("list")));
    String first = deployed("app");
    String second = deployed("app");
    List<String> table = lines(platform.enclave("list"));
    assertEquals(3, table.size());
    for (String id : List.of(first, second)) {
      assertTrue(
          table.stream()
              .anyMatch(line -> line.matches(id + "  DEPLOYED  service  eu-west-1  20.*Z")),
          table::toString);
    }
    assertEquals(table.get(0).indexOf("STATUS"), table.get(1).indexOf("DEPLOYED"));
    for (String line : lines(platform.enclave("list", "--json"))) {
      assertEquals("DEPLOYED", json(line).path("status").textValue());
    }
  }

  private static List<String> lines(CommandLineRun run) {
    assertEquals(0, run.status(), run::toString);
    return run.out().lines().toList();
  }

  @Test
  void getShowsTheRecord() throws IOException {
    String id = deployed("app");
    String text = platform.enclave("get", id).out();
    assertTrue(text.contains("status        DEPLOYED"), text);
    assertTrue(text.contains("dockerImage   app"), text);
    assertEquals(
        id, json(platform.enclave("get", id, "--json").out()).path("id").textValue());
  }

  @Test
  void createWaitsUntilDeployedAndTellsHowFarItIs() {
    platform.slow.release();
    CommandLineRun run = platform.enclave(
        "create", "slow", "--name", "service", "--region", "eu-west-1", "--wait", POLL);
    assertEquals(0, run.status(), run::toString);
    List<String> told = run.err().lines().toList();
    assertTrue(told.get(told.size() - 1).endsWith(" is DEPLOYED"), told::toString);
    assertEquals(told.stream().distinct().toList(), told, "each status is told once");
  }

  @Test
  void createWaitsUntilTheEvidenceVerifies() {
    CommandLineRun run = platform.enclave(
        "create", "app", "--name=service", "--region=eu-west-1", "--wait", POLL, pins(), root());
    assertEquals(0, run.status(), run::toString);
    List<String> out = run.out().lines().toList();
    assertEquals("VERIFIED  " + out.get(0), out.get(1));
    assertTrue(run.out().contains("SIMULATED: proves nothing about hardware"), run::toString);
  }

  @Test
  void createdButRefusedIsANo() {
    CommandLineRun run = platform.enclave(
        "create",
        "app",
        "--name=service",
        "--region=eu-west-1",
        "--wait",
        POLL,
        root(),
        "--pcrs=" + platform.file("others.json"));
    assertEquals(1, run.status(), run::toString);
    assertTrue(run.out().contains("MEASUREMENT_MISMATCH"), run::toString);
  }

  @Test
  void createdButFailedIsANoWithThePlatformsReason() {
    CommandLineRun run = platform.enclave(
        "create", "broken", "--name=service", "--region=eu-west-1", "--wait", POLL);
    assertEquals(1, run.status(), run::toString);
    String last = run.err().lines().toList().get((int) run.err().lines().count() - 1);
    assertTrue(last.startsWith("treza: "), last);
    assertTrue(last.contains("FAILED") && last.contains("the image cannot be built"), last);
  }

  @Test
  void nothingIsCreatedWhenThePinsCannotBeRead() {
    CommandLineRun run = platform.enclave(
        "create", "app", "--name=service", "--region=eu-west-1", "--wait", "--pcrs=missing");
    assertUnusable(run, "missing does not exist");
    assertEquals(1, lines(platform.enclave("list")).size());
  }

  @Test
  void anEmptyNameIsSaidInALine() {
    assertUnusable(
        platform.enclave("create", "app", "--name=", "--region=eu-west-1"), "name is required");
  }

  @Test
  void everythingWrongWithARequestIsSaidAtOnceAndNothingIsSent() {
    CommandLineRun run =
        platform.enclave("create", "no image", "--name=service", "--region=mars-1", "--cpus=3");
    assertUnusable(run, "region must be one of");
    for (String path : List.of("dockerImage", "cpuCount", "memoryMiB")) {
      assertTrue(run.err().contains("providerConfig." + path), run::toString);
    }
  }

  @Test
  void verifyJudgesFreshEvidence() throws IOException {
    String id = deployed("app");
    CommandLineRun verified = platform.enclave("verify", id, pins(), root());
    assertEquals(0, verified.status(), verified::toString);
    assertTrue(verified.out().startsWith("VERIFIED  " + id), verified::toString);
    CommandLineRun json = platform.enclave("verify", id, pins(), root(), "--json");
    assertEquals(id, json(json.out()).path("enclave").textValue());
    assertEquals("VERIFIED", json(json.out()).path("verdict").textValue());
  }

  @ParameterizedTest
  @CsvSource({
    "--pcrs=others.json, --root=root.pem, MEASUREMENT_MISMATCH",
    "--pcrs=pins.json, --json, UNTRUSTED_ROOT",
  })
  void verifyRefusesWhatItShould(String pcrs, String other, String reason) {
    String id = deployed("app");
    CommandLineRun run = platform.enclave("verify", id, inDirectory(pcrs), inDirectory(other));
    assertEquals(1, run.status(), run::toString);
    assertTrue(run.out().contains(reason), run::toString);
  }

  private String inDirectory(String option) {
    return option.replaceFirst("=", "=" + directory + "/");
  }

  @Test
  void verifyDemandsWhatItWasTold() {
    String id = deployed("app");
    CommandLineRun run = platform.enclave("verify", id, pins(), root(), "--user-data=00");
    assertEquals(1, run.status(), run::toString);
    assertTrue(run.out().contains("USER_DATA_MISMATCH"), run::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "/ask, '', 64",
    "'', nitriding, 40",
    "'', /a?n={nonce}&b=c, 64",
  })
  void theWorkloadIsAskedInThePlatformsPlace(String path, String protocol, int digits)
      throws IOException {
    String id = deployed("app");
    HttpServer workload =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    List<String> requests = new CopyOnWriteArrayList<>();
    workload.createContext("/", exchange -> {
      requests.add(exchange.getRequestURI().toString());
      Matcher nonce = Pattern.compile("=([0-9a-f]{40,})").matcher(requests.get(0));
      byte[] document =
          nonce.find() ? platform.evidence(HexFormat.of().parseHex(nonce.group(1))) : new byte[0];
      exchange.getResponseHeaders().add("Content-Type", "application/cbor");
      exchange.sendResponseHeaders(200, document.length);
      exchange.getResponseBody().write(document);
      exchange.close();
    });
    workload.start();
    try {
      List<String> words = new ArrayList<>(List.of("verify", id, pins(), root()));
      words.add("--evidence=http://127.0.0.1:" + workload.getAddress().getPort() + path);
      if (!protocol.isEmpty()) {
        words.add("--evidence-protocol=" + protocol);
      }
      CommandLineRun run = platform.enclave(words.toArray(String[]::new));
      assertEquals(0, run.status(), run::toString);
      String nonce = run.out().replaceAll("(?s).*nonce +([0-9a-f]+).*", "$1");
      assertEquals(digits, nonce.length());
      assertTrue(requests.get(0).contains("=" + nonce), requests::toString);
    } finally {
      workload.stop(0);
    }
  }

  @Test
  void aProtocolWithoutAnAddressIsAMistake() {
    CommandLineRun run =
        platform.enclave("verify", "enc_1", pins(), "--evidence-protocol=nitriding");
    assertUnusable(run, "--evidence URL");
  }

  @Test
  void verifyWithoutPinsIsNoVerification() {
    CommandLineRun run = platform.enclave("verify", "enc_1", root());
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--pcrs FILE"), run::toString);
  }

  @Test
  void theLifecycleIsFollowedToItsEnd() {
    String id = deployed("app");
    for (List<String> step : List.of(
        List.of("pause", "PAUSED"),
        List.of("resume", "DEPLOYED"),
        List.of("terminate", "DESTROYED"))) {
      CommandLineRun run = platform.enclave(step.get(0), id, "--wait", POLL);
      assertEquals(0, run.status(), run::toString);
      assertEquals(id + " is " + step.get(1), run.out().strip());
    }
    assertEquals(0, platform.enclave("delete", id).status());
    assertUnusable(platform.enclave("get", id), "Enclave not found");
  }

  @Test
  void withoutWaitingTheNewStatusIsPrinted() {
    String id = deployed("app");
    CommandLineRun run = platform.enclave("pause", id);
    assertEquals(0, run.status(), run::toString);
    assertTrue(run.out().matches(id + " is PAUS(ING|ED)\\R"), run::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resume", "delete"})
  void whatTheStatusRulesOutIsANo(String action) {
    String id = deployed("app");
    CommandLineRun run = platform.enclave(action, id);
    assertEquals(1, run.status(), run::toString);
    assertTrue(run.err().startsWith("treza: "), run::toString);
    assertEquals(1, run.err().lines().count(), run::toString);
  }

  @Test
  void waitKnowsWhatItWaitsFor() {
    String id = deployed("app");
    assertEquals(0, platform.enclave("pause", id).status());
    assertEquals(0, platform.enclave("wait", id, "--for=paused", POLL).status());
    // Without being asked to, it will not be deployed again.
    assertEquals(1, platform.enclave("wait", id, POLL).status());
    assertEquals(0, platform.enclave("terminate", id).status());
    assertEquals(0, platform.enclave("wait", id, "--for=destroyed", POLL).status());
  }

  @Test
  void waitVerifiesWhereItKnowsWhatToExpect() {
    String id = platform.create("app");
    CommandLineRun run = platform.enclave("wait", id, POLL, pins(), root());
    assertEquals(0, run.status(), run::toString);
    assertTrue(run.out().startsWith("VERIFIED  " + id), run::toString);
  }

  @Test
  void waitThatIsOverIsNoAnswer() {
    String id = platform.create("slow");
    CommandLineRun run = platform.enclave("wait", id, "--timeout=PT0.2S", POLL);
    platform.slow.release();
    assertEquals(2, run.status(), run::toString);
    String last = run.err().lines().reduce((a, b) -> b).orElseThrow();
    assertTrue(last.startsWith("treza: ") && last.contains("waited PT0.2S"), run::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "pause", "logs", "verify --any-measurement", "delete", "wait"})
  void anUnknownEnclaveIsNamedInALine(String command) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add("enc_none");
    assertUnusable(platform.enclave(words.toArray(String[]::new)), "not found");
  }

  @Test
  void aPlatformThatIsNotThereIsNamedInALine() {
    assertUnusable(
        CommandLineRun.of("enclave", "list", "--wallet=0x1", "--platform=http://127.0.0.1:1"),
        "127.0.0.1");
    assertUnusable(
        CommandLineRun.of("enclave", "list", "--wallet=0x1", "--platform=ftp://a"), "ftp://a");
  }

  @Test
  void logsAreThoseOfTheEnclaveAndSafeToPrint() {
    List<String> lines = lines(platform.enclave("logs", deployed("app")));
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("kernel up")), lines::toString);
    assertTrue(lines.stream().anyMatch(line -> line.contains("ready ")), lines::toString);
    assertFalse(lines.toString().contains("\u001b"), "a workload must not steer the terminal");
  }

  @Test
  void logsCanBeFollowedToTheEnd() {
    String id = deployed("app");
    assertEquals(0, platform.enclave("terminate", id, "--wait", POLL).status());
    List<String> lines =
        lines(platform.enclave("logs", id, "--follow", "--type=application", POLL));
    assertEquals(1, lines.size(), lines::toString);
  }

  @Test
  void theKeyIsNoArgument() {
    CommandLineRun run = platform.enclave("list", "--api-key=treza_live_1");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("Unknown option"), run::toString);
  }

  @Test
  void theEnvironmentSaysWhatOptionsDoNot() throws Exception {
    String id = deployed("app");
    ProcessBuilder list = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        "io.treza.cli.Treza",
        "enclave",
        "list");
    list.environment().putAll(platform.environment());
    Process process = list.redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    assertTrue(out.contains(id), out);
  }
}
