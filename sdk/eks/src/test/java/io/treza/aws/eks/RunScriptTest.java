package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a pod runs, under every shell that a base may have, with a played nitro-cli. */
class RunScriptTest {
  private static final List<List<String>> SHELLS =
      List.of(List.of("dash"), List.of("bash"), List.of("busybox", "sh"));
  private static final String ID = "i-0123456789abcdef0-enc0191f0a7c1d2e3f4";

  @TempDir
  Path dir;

  private final Map<String, String> environment =
      new TreeMap<>(Map.of("TREZA_CPUS", "2", "TREZA_MEMORY_MIB", "512"));
  private final List<Process> started = new ArrayList<>();
  private Path play;
  private Path report;

  @BeforeEach
  void lay() throws IOException {
    install("run", "run");
    install("played-nitro-cli", "nitro-cli");
    install("played-parent", "parent");
    play = Files.createDirectory(dir.resolve("play"));
    report = Files.createFile(dir.resolve("termination-log"));
    environment.put("TREZA_TERMINATION_LOG", report.toString());
  }

  @AfterEach
  void end() {
    started.forEach(p -> p.descendants().forEach(ProcessHandle::destroyForcibly));
    started.forEach(Process::destroyForcibly);
  }

  private void install(String resource, String name) throws IOException {
    try (InputStream in = RunScriptTest.class.getResourceAsStream(resource)) {
      Files.copy(in, dir.resolve(name));
    }
    assertTrue(dir.resolve(name).toFile().setExecutable(true));
  }

  static Stream<List<String>> shells() {
    return SHELLS.stream();
  }

  static Stream<Arguments> refusals() {
    return Stream.of("E22", "E26", "E27", "E35", "E36", "E39")
        .flatMap(code -> SHELLS.stream().map(shell -> Arguments.of(shell, code)));
  }

  private Process start(List<String> shell) throws IOException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, shell.get(0)))),
        shell.get(0) + " is not installed");
    List<String> command = new ArrayList<>(shell);
    command.add(dir.resolve("run").toString());
    ProcessBuilder builder = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("log").toFile());
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** Runs it to its end, and nothing it started may be left. */
  private int finish(Process process, List<ProcessHandle> others) throws InterruptedException {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "does not end");
    others.forEach(other -> await(() -> !other.isAlive(), "an orphan: " + other.info()));
    return process.exitValue();
  }

  private static void await(BooleanSupplier holds, String what) {
    try {
      for (int i = 0; i < 600 && !holds.getAsBoolean(); i++) {
        Thread.sleep(50); // another process is to do something
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertTrue(holds.getAsBoolean(), what);
  }

  private String text(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String calls() {
    return text(play.resolve("calls"));
  }

  private void set(String fact) throws IOException {
    Files.createFile(play.resolve(fact));
  }

  private Process running(List<String> shell) throws IOException {
    Process process = start(shell);
    await(() -> text(dir.resolve("log")).contains("0.0.0.0:9001=9001"), "does not start");
    await(() -> calls().contains("describe-enclaves"), "does not watch");
    return process;
  }

  @ParameterizedTest
  @MethodSource("shells")
  void startsTheEnclaveAndCarriesItsChannels(List<String> shell) throws Exception {
    environment.put("TREZA_INGRESS", "8443 9443");
    environment.put("TREZA_ALLOW", "api.example.com:443 *.example.net:443");
    Process process = running(shell);
    List<String> calls = calls().lines().toList();
    assertEquals(
        "nitro-cli run-enclave --eif-path " + dir + "/enclave.eif --cpu-count 2 --memory 512",
        calls.get(0));
    assertEquals(
        "parent [--cid] [17] [--ingress] [0.0.0.0:9001=9001] [--ingress] [0.0.0.0:8443=8443]"
            + " [--ingress] [0.0.0.0:9443=9443] [--allow] [api.example.com:443]"
            + " [--allow] [*.example.net:443]",
        calls.get(1));
    List<ProcessHandle> others = process.descendants().toList();
    process.destroy();
    assertEquals(0, finish(process, others), () -> text(dir.resolve("log")));
    assertEquals(
        "nitro-cli terminate-enclave --enclave-id " + ID,
        calls().lines().reduce("", (first, second) -> second));
    assertEquals("", text(report));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void waitsWhileAnotherEnclaveOfTheNodeBoots(List<String> shell) throws Exception {
    set("booting");
    Process process = running(shell);
    assertEquals(2, calls().lines().filter(c -> c.contains("run-enclave")).count());
    process.destroy();
    assertEquals(0, finish(process, List.of()));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusalOfNitroCliIsExplainedWhereTheKubeletLooks(List<String> shell, String code)
      throws Exception {
    Files.writeString(
        play.resolve("refusal"), "[ " + code + " ] It failed. For more details, visit AWS.\n");
    assertEquals(1, finish(start(shell), List.of()));
    String said = text(report);
    assertTrue(said.startsWith("nitro-cli run-enclave: " + code + ": "), said);
    assertTrue(said.contains("; "), said); // and what to do
    assertTrue(said.contains("[ " + code + " ] It failed."), said);
    assertFalse(calls().contains("parent"), calls());
    assertTrue(text(dir.resolve("log")).contains("treza: FAILED: " + said.strip()));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void enclaveThatEndsLaterEndsThePod(List<String> shell) throws Exception {
    Process process = running(shell);
    List<ProcessHandle> others = process.descendants().toList();
    Files.delete(play.resolve("running"));
    assertEquals(1, finish(process, others));
    assertTrue(text(report).startsWith("the enclave " + ID + " ended"), text(report));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void parentProgramThatEndsEndsTheEnclave(List<String> shell) throws Exception {
    set("parent-fails");
    assertEquals(1, finish(start(shell), List.of()));
    assertTrue(text(report).contains("the parent program"), text(report));
    assertTrue(text(report).contains("status 3"), text(report));
    assertFalse(Files.exists(play.resolve("running")));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void askedToEndWhileItStartsItEndsTheEnclaveOnceItIsThere(List<String> shell) throws Exception {
    set("slow");
    Process process = start(shell);
    await(() -> Files.exists(play.resolve("starting")), "does not start");
    process.destroy();
    Files.delete(play.resolve("slow"));
    assertEquals(0, finish(process, List.of()), () -> text(dir.resolve("log")));
    assertTrue(calls().contains("terminate-enclave --enclave-id " + ID), calls());
    assertFalse(Files.exists(play.resolve("running")));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void nitroCliThatDoesNotAnswerForLongEndsThePod(List<String> shell) throws Exception {
    Process process = running(shell);
    List<ProcessHandle> others = process.descendants().toList();
    set("unanswered");
    assertEquals(1, finish(process, others));
    assertTrue(text(report).contains("failed 5 times"), text(report));
    assertTrue(text(report).contains("E39"), text(report));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void unreadableAnswerOfNitroCliLeavesNoEnclave(List<String> shell) throws Exception {
    set("garbled");
    assertEquals(1, finish(start(shell), List.of()));
    assertTrue(text(report).contains("no EnclaveCID"), text(report));
    assertFalse(Files.exists(play.resolve("running")));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void consoleIsShownInDebugModeAlone(List<String> shell) throws Exception {
    environment.put("TREZA_DEBUG", "yes");
    Process process = running(shell);
    await(() -> text(dir.resolve("log")).contains("Connecting to the console"), "no console");
    assertTrue(calls().contains("--memory 512 --debug-mode"), calls());
    List<ProcessHandle> others = process.descendants().toList();
    process.destroy();
    assertEquals(0, finish(process, others), () -> text(dir.resolve("log")));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void settingsThatAreNoneAreNamedBeforeAnythingRuns(List<String> shell) throws Exception {
    Map<String, List<String>> wrong = Map.of(
        "TREZA_CPUS", List.of("", "0", "2 --debug-mode", "99999999999"),
        "TREZA_MEMORY_MIB", List.of("64k"),
        "TREZA_INGRESS", List.of("8443 x", "70000", "0"),
        "TREZA_ALLOW", List.of("host", "--user:0", ":443", "a:1:2", "$(id):1", "h:", "a/b:1"),
        "TREZA_DEBUG", List.of("true"));
    for (Map.Entry<String, List<String>> setting : wrong.entrySet()) {
      for (String value : setting.getValue()) {
        String before = environment.getOrDefault(setting.getKey(), "");
        environment.put(setting.getKey(), value);
        assertEquals(1, finish(start(shell), List.of()), value);
        assertTrue(text(report).startsWith(setting.getKey() + ": "), text(report));
        environment.put(setting.getKey(), before);
      }
    }
    assertEquals("", calls());
  }
}
