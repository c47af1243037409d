package io.treza.eif.init;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.treza.eif.Channels;
import io.treza.eif.InitOptions;
import io.treza.eif.InitOptions.Heartbeat;
import io.treza.eif.RamdiskLayout;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The init as it ships, run as process 1: what the application finds, and how each end reads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InitTest {
  private static final InitOptions ALONE =
      InitOptions.defaults().withAgent(false).withHeartbeat(Heartbeat.OFF);
  private static final String RUN = """
      "Entrypoint":["report"],"Cmd":[%s],"User":"app","WorkingDir":"/made/for it",
      "Env":["PATH=/nowhere:/opt","A=1\\n2"],"Volumes":{"/data":{}}""";

  @TempDir
  Path directory;

  private TestImage image(String run) throws IOException, InterruptedException {
    return TestImage.of(new Tar()
            .file("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n")
            .file("etc/group", "root:x:0:\naudio:x:63:other,app\n")
            .add(program("opt/report", 0755, 0), TestPrograms.report(directory))
            .add(program("opt/mine", 0700, 0), "#!/opt/report\n".getBytes(UTF_8))
            .add(program("opt/script", 0755, 0), "#!/no/shell -x\n".getBytes(UTF_8))
            .add(program("opt/text", 0755, 0), "echo\n".getBytes(UTF_8))
            .add(program("opt/plain", 0644, 0), "echo\n".getBytes(UTF_8))
            .add(program("opt/foreign", 0755, 0), Elf.program(8, ""))
            .add(program("opt/dynamic", 0755, 0), Elf.program(Elf.here(), "/lib/no-loader.so"))
            .add(directory("data", 1000), new byte[0])
            .add(program("data/kept", 0644, 1000), new byte[0])
            .bytes())
        .run(run);
  }

  private static TarArchiveEntry program(String name, int mode, long owner) {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setMode(mode);
    entry.setUserId(owner);
    return entry;
  }

  private static TarArchiveEntry directory(String name, long owner) {
    TarArchiveEntry entry = program(name + "/", 0755, owner);
    return entry;
  }

  private List<String> boot(TestImage image, RamdiskLayout layout, InitOptions options)
      throws IOException, InterruptedException {
    return Enclave.of(image, layout, options, directory).boot();
  }

  private List<String> run(String command, InitOptions options)
      throws IOException, InterruptedException {
    return boot(image(RUN.formatted(command)), RamdiskLayout.REPRODUCIBLE, options);
  }

  private static String last(List<String> console) {
    return console.get(console.size() - 1);
  }

  private static void assertHas(List<String> console, String... lines) {
    for (String line : lines) {
      assertTrue(console.contains(line), () -> line + " is not in " + String.join("\n", console));
    }
  }

  @ParameterizedTest
  @EnumSource(RamdiskLayout.class)
  void theCommandRunsAsAContainerWouldRunIt(RamdiskLayout layout) throws Exception {
    // nitro-cli's own rule would lose the entry point.
    String run = RUN.formatted("").replace("\"Cmd\":[]", "\"Cmd\":null");
    List<String> console = boot(image(run), layout, ALONE);
    assertHas(
        console,
        "cwd: /made/for it",
        "argument: report",
        "variable: PATH=/nowhere:/opt",
        "variable: A=1",
        "2",
        "variable: HOME=/home/app",
        "umask: 0022",
        "Uid:\t1000\t1000\t1000\t1000",
        "Gid:\t1001\t1001\t1001\t1001",
        "Groups:\t63 1001 ",
        "SigBlk:\t0000000000000000",
        "TracerPid:\t0",
        "CapEff:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "NoNewPrivs:\t0",
        "session of its own: yes",
        "write /x: Permission denied",
        "write /tmp/x: yes",
        "write /data/x: yes",
        "write /dev/shm/x: yes",
        "kept: yes",
        "opens /dev/stdout: yes");
    assertTrue(console.stream().noneMatch(l -> l.startsWith("open file:")), console.toString());
    assertEquals("treza-init: application exited with status 0", last(console));
  }

  @Test
  void argumentsMayHaveAnyByteButNul() throws Exception {
    List<String> console = run("\"\",\"a b\",\"\\u00fc'\\\"$x\\\\\",\"\\u001b[2J\"", ALONE);
    assertHas(console, "argument: ", "argument: a b", "argument: ü'\"$x\\", "argument: \u001b[2J");
  }

  @Test
  void hardenedAUserHasNoCapabilityAndWritesWhereTheImageAsks() throws Exception {
    List<String> console = run("", ALONE.withHardened(true));
    assertHardened(console);
    assertHas(
        console, "write /tmp/x: yes", "write /data/x: yes", "write /run/x: Permission denied");
  }

  @Test
  void hardenedEvenRootHasNoCapabilityAndWritesWhereTheImageAsks() throws Exception {
    String run = RUN.formatted("").replace("\"User\":\"app\",", "");
    List<String> console = boot(image(run), RamdiskLayout.NITRO_CLI, ALONE.withHardened(true));
    assertHardened(console);
    assertHas(
        console,
        "Uid:\t0\t0\t0\t0",
        "write /tmp/x: yes",
        "write /run/x: yes",
        "write /data/x: Permission denied",
        "write /proc/sys/kernel/hostname: Read-only file system");
  }

  private static void assertHardened(List<String> console) {
    for (String set : List.of("Inh", "Prm", "Eff", "Bnd", "Amb")) {
      assertHas(console, "Cap" + set + ":\t0000000000000000");
    }
    assertHas(
        console,
        "NoNewPrivs:\t1",
        "write /x: Read-only file system",
        "write /dev/x: Read-only file system",
        "write /sys/x: Read-only file system",
        "write /dev/shm/x: yes",
        "kept: yes",
        "opens /dev/stdout: yes",
        "treza-init: application exited with status 0");
  }

  @Test
  void startedIsSaidBeforeTheApplicationsFirstWord() throws Exception {
    List<String> console = run("", ALONE);
    assertEquals(
        console.indexOf("treza-init: application started") + 1,
        console.indexOf("cwd: /made/for it"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 3          | exited with status 3",
        "abort           | killed by signal 6",
        "leave a child   | exited with status 0",
        "leave an orphan | exited with status 0"
      })
  void everyEndOfTheApplicationIsTheLastLine(String act, String end) throws Exception {
    assertEquals("treza-init: application " + end, last(run("\"" + act + "\"", ALONE)));
  }

  @Test
  void aSignalToProcess1ReachesTheApplication() throws Exception {
    String run = RUN.formatted("\"terminate\"").replace("\"User\":\"app\",", "");
    assertEquals(
        "treza-init: application exited with status 42",
        last(boot(image(run), RamdiskLayout.REPRODUCIBLE, ALONE)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "absent       | absent: not found in PATH (/nowhere:/opt)",
        "/opt/absent  | /opt/absent: No such file or directory",
        "plain        | /opt/plain: nobody may run it (mode 0644)",
        "mine         | /opt/mine: user 1000 may not run it (mode 0700, owner 0:0)",
        "script       | /opt/script: its interpreter /no/shell: No such file or directory",
        "text         | /opt/text: is neither an ELF program nor a script that begins with #!",
        "foreign      | /opt/foreign: is for the machine with ELF number 8, and the enclave runs on",
        "dynamic      | /opt/dynamic: its loader /lib/no-loader.so: No such file or directory",
        "/opt         | /opt: is a directory",
        "''           | the command's name is empty",
        "a\\nb        | a\\x0ab: not found in PATH (/nowhere:/opt)"
      })
  void whatCannotBeRunIsNamedWithTheReason(String name, String why) throws Exception {
    String run = RUN.formatted("").replace("\"report\"", "\"" + name + "\"");
    String last = last(boot(image(run), RamdiskLayout.REPRODUCIBLE, ALONE));
    assertTrue(last.startsWith("treza-init: FAILED: application: " + why), last);
  }

  @Test
  void aDirectoryThatIsAFileIsNamed() throws Exception {
    String run = RUN.formatted("").replace("/made/for it", "/opt/text/x");
    assertEquals(
        "treza-init: FAILED: working directory: /opt/text/x: Not a directory",
        last(boot(image(run), RamdiskLayout.REPRODUCIBLE, ALONE)));
  }

  @Test
  void withoutItsFileInitSaysThatMemoryMayBeShort() throws Exception {
    Enclave enclave =
        Enclave.of(image(RUN.formatted("")), RamdiskLayout.REPRODUCIBLE, ALONE, directory);
    Files.delete(enclave.root().resolve("process"));
    assertEquals(
        List.of(
            "treza-init: FAILED: configuration: /process: is missing: is there enough memory for"
                + " the ramdisks?"),
        enclave.boot());
  }

  @Test
  void aModuleThatIsMissingEndsTheBoot() throws Exception {
    Enclave enclave =
        Enclave.of(image(RUN.formatted("")), RamdiskLayout.REPRODUCIBLE, ALONE, directory);
    Files.writeString(enclave.root().resolve("modules_load_order"), "# first\n\n  nsm.ko \n");
    assertEquals(
        List.of("treza-init: FAILED: modules: /nsm.ko: No such file or directory"), enclave.boot());
  }

  @Test
  void aParentThatIsNotThereEndsTheBootOnlyIfItMustAnswer() throws Exception {
    String required = last(run("", ALONE.withHeartbeat(Heartbeat.REQUIRED)));
    assertTrue(required.startsWith("treza-init: FAILED: heartbeat: vsock 3:9000: "), required);
  }

  @Test
  void aHeartbeatThatIsToleratedHoldsNothingUp() throws Exception {
    List<String> console = run("", ALONE.withHeartbeat(Heartbeat.TOLERATED));
    assertEquals("treza-init: application exited with status 0", last(console));
  }

  @Test
  void anAgentThatCannotAnswerEndsTheBoot() throws Exception {
    List<String> console = run("", ALONE.withAgent(true));
    assertEquals("treza-init: FAILED: agent: ended before it answered", last(console));
    assertFalse(console.contains("treza-init: application started"));
  }

  @Test
  void theForwarderAnswersBeforeTheApplicationStartsIfThereIsAHost() throws Exception {
    Channels hosts = new Channels(List.of(), List.of("a.test:443"));
    List<String> console = run("", ALONE.withHardened(true).withChannels(hosts));
    assertHas(
        console,
        "proxy: yes",
        "variable: HTTPS_PROXY=http://127.0.0.1:3128",
        "variable: https_proxy=http://127.0.0.1:3128",
        "treza-init: application exited with status 0");
  }

  @Test
  void noConnectionIsMadeFromAnExposedPortSoThatTheApplicationCanHaveIt() throws Exception {
    // Whoever else runs this test shares the machine's vsock ports.
    int port = 20_000 + (int) (ProcessHandle.current().pid() % 40_000);
    assumeTrue(Files.exists(Path.of("/dev/vsock")), "the forwarder listens on vsock");
    Channels ports = new Channels(List.of(port + 2, port), List.of());
    List<String> console = run("", ALONE.withHardened(true).withChannels(ports));
    assertHas(
        console,
        "/proc/sys/net/ipv4/ip_local_reserved_ports: " + port + "," + (port + 2),
        "treza-init: application exited with status 0");
  }

  @Test
  void aUserWithoutCapabilitiesMayListenOnAnyPort() throws Exception {
    List<String> console = run("", ALONE.withHardened(true));
    assertHas(console, "Uid:\t1000\t1000\t1000\t1000", "listen on 443: yes");
  }

  @Test
  void withoutPortsAndHostsThereIsNoForwarder() throws Exception {
    List<String> console = run("", ALONE);
    assertHas(console, "proxy: Connection refused");
    assertFalse(String.join("\n", console).contains("HTTPS_PROXY"));
  }

  @Test
  void withoutTheForwarderTheEnclaveEnds() throws Exception {
    String run = RUN.formatted("\"end the forwarder\"").replace("\"User\":\"app\",", "");
    Channels hosts = new Channels(List.of(), List.of("a.test:443"));
    assertEquals(
        "treza-init: FAILED: forwarder: killed by signal 9",
        last(boot(image(run), RamdiskLayout.REPRODUCIBLE, ALONE.withChannels(hosts))));
  }
}
