package io.treza.eif.parent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parent program does not start with, and what it can no longer do once it listens. */
@TestInstance(Lifecycle.PER_CLASS) // one build for all
@Timeout(60)
class ParentConfinementTest {
  private static final String NOBODY = "65534";
  private static final int LOOKUPS = 8;

  @TempDir
  Path directory;

  private final ConfinedProgram program = ParentSources.confined();
  private final ConfinedProgram escape = ConfinedProgram.confined(List.of(
      "main/c/confined/program.c",
      "main/c/forwarder/confinement.c",
      "main/c/parent/confinement.c",
      "test/c/escape.c"));

  @BeforeAll
  void makeProgram() throws Exception {
    // Users who are not root execute it, too.
    Files.setPosixFilePermissions(
        program.executable().getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterAll
  void removePrograms() throws IOException {
    program.close();
    escape.close();
  }

  private static List<Long> lookups(RunningParent parent) {
    return parent.process().toHandle().children().map(ProcessHandle::pid).toList();
  }

  private static void assertHasNoRights(long pid, String user) throws IOException {
    Map<String, String> status = RunningParent.status(pid);
    assertEquals(String.join("\t", Collections.nCopies(4, user)), status.get("Uid"));
    for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
      assertEquals("0000000000000000", status.get(set), set);
    }
    assertEquals("1", status.get("NoNewPrivs"));
    assertEquals("2", status.get("Seccomp"));
  }

  @Test
  void startedByRootItIsNobodyWithoutRightsOrFiles() throws Exception {
    try (RunningParent parent =
        RunningParent.start(program, directory, "--ingress", "0=1", "--allow", "a.test:1")) {
      List<Long> all = new ArrayList<>(lookups(parent));
      assertEquals(LOOKUPS, all.size());
      all.add(parent.pid());
      for (long pid : all) {
        assertHasNoRights(pid, NOBODY);
        Map<String, String> status = RunningParent.status(pid);
        assertEquals("0000000000000000", status.get("CapBnd"));
        assertEquals("", status.get("Groups"));
      }
      Path root = Path.of("/proc", Long.toString(parent.pid()), "root");
      assertTrue(Files.readSymbolicLink(root).toString().endsWith("(deleted)"));
      // Standard error, epoll, signals, a port, the enclave's, and the lookups.
      assertEquals(5 + LOOKUPS, parent.descriptors());
    }
  }

  @Test
  void asAnotherUserOrAsRootThatStaysItNeedsNoRight() throws Exception {
    List<List<String>> ways = List.of(
        List.of("setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups"),
        List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
    for (List<String> way : ways) {
      boolean isRoot = !way.contains("--reuid");
      List<String> arguments = new ArrayList<>(
          List.of("--ingress", "0=1", "--allow", "a.test:1", "--max-connections", "9"));
      if (isRoot) {
        arguments.addAll(List.of("--user", "0"));
      }
      try (RunningParent parent =
          RunningParent.start(program, directory, way, Map.of(), arguments)) {
        assertHasNoRights(parent.pid(), isRoot ? "0" : "1234");
        for (long pid : lookups(parent)) {
          assertHasNoRights(pid, isRoot ? "0" : "1234");
        }
      }
    }
  }

  @Test
  void withoutTheRightToChangeUserItDoesNotStartAsRoot() {
    IOException e = assertThrows(
        IOException.class,
        () -> RunningParent.start(
            program,
            directory,
            List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
            Map.of(),
            List.of("--ingress", "0=1")));
    assertEquals(
        "treza-parent: FAILED: leave the file system: Operation not permitted\n", e.getMessage());
  }

  @Test
  void whatItStartedEndsWithItHoweverItEnds() throws Exception {
    RunningParent parent = RunningParent.start(program, directory, "--allow", "a.test:1");
    List<ProcessHandle> lookups = parent.process().toHandle().children().toList();
    assertEquals(LOOKUPS, lookups.size());
    parent.close();
    for (ProcessHandle lookup : lookups) {
      while (lookup.isAlive()) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void itEndsIfWhatItStartedDoes() throws Exception {
    RunningParent parent = RunningParent.start(program, directory, "--allow", "a.test:1");
    ProcessHandle.of(lookups(parent).get(0)).orElseThrow().destroyForcibly();
    assertEquals(1, parent.process().waitFor());
    assertEquals("treza-parent: FAILED: look names up: a process for it has ended\n", parent.log());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--ingress 1=1                    | --cid: is missing; nitro-cli describe-enclaves says it as EnclaveCID",
        "--cid 16                         | nothing to forward: give --ingress, --allow, or both",
        "--cid 16x                        | --cid: not a whole number below 4294967295",
        "--cid 4294967295                 | --cid: not a whole number below 4294967295",
        "--cid 0 --allow a.test:443       | --cid: with --allow it is 1 to 2294967294: what is asked for comes to a port that much above 2000000000",
        "--cid 2294967295 --allow a.test:443 | --cid: with --allow it is 1 to 2294967294: what is asked for comes to a port that much above 2000000000",
        "--cid 2294967294 --allow a.test:443 | listen on vsock port 4294967294: Address in use",
        "--cid 1 --ingress                | --ingress: is no option, or one without its value: docs/parent.md has them all",
        "--cid 1 --uds x                  | --uds: is no option: docs/parent.md has them all",
        "--cid 1 --ingress 80             | 80: expected [ADDRESS:]PORT=N, for example 0.0.0.0:8443=8443",
        "--cid 1 --ingress 65536=1        | 65536=1: expected [ADDRESS:]PORT=N, for example 0.0.0.0:8443=8443",
        "--cid 1 --ingress host.test:1=1  | host.test:1=1: expected [ADDRESS:]PORT=N, for example 0.0.0.0:8443=8443",
        "--cid 1 --ingress ::1:1=1        | ::1:1=1: expected [ADDRESS:]PORT=N, for example 0.0.0.0:8443=8443",
        "--cid 1 --ingress 1=0            | 1=0: too small or too large a number",
        "--cid 1 --ingress 1=65536        | 1=65536: too small or too large a number",
        "--cid 1 --ingress 192.0.2.1:80=1 | 192.0.2.1:80: Address not available",
        "--cid 1 --allow *:443            | *:443: neither a host name nor an IPv4 address",
        "--cid 1 --allow A.test:443       | A.test:443: a name with capitals; write it in lower case",
        "--cid 1 --resolve a.test:1=b:2   | a.test:1=b:2: expected HOST:PORT=ADDRESS:PORT, for example a.test:443=10.0.0.5:443",
        "--cid 1 --resolve a.test=1.2.3.4:5 | a.test=1.2.3.4:5: no port; write host:port",
        "--cid 1 --max-connections 0      | --max-connections: too small or too large a number",
        "--cid 1 --idle-timeout 0         | --idle-timeout: too small or too large a number",
        "--cid 1 --user nobody            | --user: not a whole number below 4294967295"
      })
  void doesNotStartWithOptionsThatAreWrong(String arguments, String message) throws Exception {
    assertSays(message, List.of(arguments.split(" ")));
  }

  @Test
  void doesNotStartWithMoreThanItHasRoomFor() throws Exception {
    List<String> ports = new ArrayList<>(List.of("--cid", "1"));
    IntStream.range(0, 65).forEach(i -> ports.addAll(List.of("--ingress", "0=1")));
    assertSays("0=1: one --ingress too many", ports);
    List<String> hosts = new ArrayList<>(List.of("--cid", "1"));
    IntStream.rangeClosed(1, 257).forEach(i -> hosts.addAll(List.of("--allow", "a.test:" + i)));
    assertSays("a.test:257: one --allow too many", hosts);
  }

  @Test
  void doesNotStartWithFewerDescriptorsThanItsConnectionsTake() throws Exception {
    List<String> command = List.of(
        "prlimit",
        "--nofile=1000:1000",
        "setpriv",
        "--reuid",
        "1234",
        "--regid",
        "1234",
        "--clear-groups",
        program.executable().toString(),
        "--cid",
        "1",
        "--ingress",
        "0=1");
    assertFails(
        "--max-connections: takes 8280 file descriptors in all, and 1000 are allowed; lower it, or"
            + " raise the limit (ulimit -n, LimitNOFILE=)",
        command);
  }

  private void assertSays(String message, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.executable().toString()));
    command.addAll(arguments);
    assertFails(message, command);
  }

  private void assertFails(String message, List<String> command) throws Exception {
    Path log = directory.resolve("log");
    Process process = new ProcessBuilder(command)
        .redirectOutput(log.toFile())
        .redirectErrorStream(true)
        .start();
    assertEquals(1, process.waitFor());
    assertEquals("treza-parent: FAILED: " + message + "\n", Files.readString(log));
  }

  @Test
  void tellsWhereItListensEvenInAFileAndBoundToIpv6() throws Exception {
    Path out = directory.resolve("out");
    try (ServerSocketChannel enclave = RunningParent.listen()) {
      Process process = new ProcessBuilder(
              program.executable().toString(),
              "--cid",
              "1",
              "--ingress",
              "[::1]:0=" + RunningParent.port(enclave))
          .inheritIO()
          .redirectOutput(out.toFile())
          .start();
      while (process.isAlive() && Files.readString(out).isEmpty()) {
        Thread.onSpinWait();
      }
      assertTrue(
          Files.readString(out).matches("\\[::1]:[0-9]+=" + RunningParent.port(enclave) + "\n"));
      assertFalse(Files.readString(out).contains("\0"));
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void doesNotStartWhereThereIsNoVsock() {
    IOException e = assertThrows(
        IOException.class,
        () -> RunningParent.start(
            program,
            directory,
            List.of(),
            Map.of("TREZA_PARENT_WITHOUT_VSOCK", "yes"),
            List.of("--ingress", "0=1")));
    assertEquals(
        "treza-parent: FAILED: vsock (AF_VSOCK), without which no enclave can be reached:"
            + " Address family not supported by protocol\n",
        e.getMessage());
  }

  /** The descriptors that are missing are not taken by what it needs, and nothing is written there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec \"$@\" <&- >&- 2>&-",
        "mkfifo gone; exec 9<>gone; exec \"$@\" >gone 9<&-" // a pipe that nobody reads any more
      })
  void servesAndEndsAsAskedWhateverItsStandardDescriptorsAre(String command) throws Exception {
    try (ServerSocketChannel enclave = RunningParent.listen()) {
      int port = RunningParent.freePort();
      Process process = new ProcessBuilder(
              "sh",
              "-c",
              command,
              "sh",
              program.executable().toString(),
              "--cid",
              "1",
              "--ingress",
              port + "=" + RunningParent.port(enclave))
          .directory(directory.toFile())
          .start();
      while (process.isAlive()
          && !"2".equals(RunningParent.status(process.pid()).get("Seccomp"))) {
        Thread.onSpinWait();
      }
      try (Peer client = new Peer(
              SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
          Peer there = new Peer(enclave.accept())) {
        client.send("x");
        assertEquals("x", there.readText(1));
        process.destroy();
        assertEquals(0, process.waitFor());
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "parent, inet socket, 0",
    "parent, vsock socket, 0",
    "parent, unix socket, 31",
    "parent, netlink socket, 31",
    "parent, open, 31",
    "parent, exec, 31",
    "parent, fork, 31",
    "parent, bind, 31",
    "lookup, inet socket, 0",
    "lookup, vsock socket, 31",
    "lookup, unix socket, 31",
    "lookup, netlink socket, 31",
    "lookup, open, 0",
    "lookup, exec, 31",
    "lookup, write, 25"
  })
  void callsThatItDoesNotTakeEndIt(String as, String call, int signal) throws Exception {
    Process process = new ProcessBuilder(
            escape.executable().toString(), directory.toString(), as, call)
        .inheritIO()
        .start();
    assertEquals(signal == 0 ? 0 : 128 + signal, process.waitFor());
  }
}
