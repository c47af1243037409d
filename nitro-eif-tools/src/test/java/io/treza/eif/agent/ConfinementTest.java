package io.treza.eif.agent;

import static io.treza.eif.agent.Frames.NONE;
import static io.treza.eif.agent.Frames.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the agent can no longer do once it answers. */
@Timeout(60)
class ConfinementTest {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final int WORKLOAD = 12345;
  private static final String AGENT = "1953659489";

  @TempDir
  Path directory;

  private final ConfinedProgram program = AgentProgram.confined();

  @AfterEach
  void removeProgram() throws IOException {
    program.close();
  }

  @Test
  void itIsAUserOfItsOwnWithoutRightsOrFiles() throws Exception {
    Requirement.require(Files.isExecutable(SETPRIV), "there is no setpriv");
    String[] withMore = {
      "/bin/sh",
      "-c",
      "exec 3</dev/null 9</dev/null \"$0\" \"$@\"",
      SETPRIV.toString(),
      "--groups",
      "4,5",
      "--"
    };
    try (RunningAgent agent = RunningAgent.start(program, directory, WORKLOAD, withMore)) {
      Path process = Path.of("/proc", Long.toString(agent.pid()));
      Map<String, String> status = new TreeMap<>();
      for (String line : Files.readAllLines(process.resolve("status"))) {
        String[] parts = line.split(":", 2);
        status.put(parts[0], parts[1].strip());
      }
      String four = String.join("\t", AGENT, AGENT, AGENT, AGENT);
      assertEquals(four, status.get("Uid"));
      assertEquals(four, status.get("Gid"));
      assertEquals("", status.get("Groups"));
      for (String set : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
        assertEquals("0000000000000000", status.get(set), set);
      }
      assertEquals("1", status.get("NoNewPrivs"));
      assertEquals("2", status.get("Seccomp"));
      assertTrue(Files.readSymbolicLink(process.resolve("root")).toString().endsWith("(deleted)"));
      String limits = Files.readString(process.resolve("limits"));
      assertTrue(limits.matches("(?s).*Max file size +0 +0 .*"), limits);
      // The two listening sockets, and standard error, which stands for the NSM as well here.
      assertEquals(3, agent.descriptors());
    }
  }

  @Test
  void oneCallThatIsNotAllowedEndsIt() throws Exception {
    try (RunningAgent agent = RunningAgent.start(program, directory, WORKLOAD)) {
      assertThrows(IOException.class, () -> agent.ask(bytes("escape")));
      int sigsys = 31;
      assertEquals(128 + sigsys, agent.exitStatus());
    }
  }

  @Test
  void onlyTheWorkloadCanOpenItsSocketAndOnlyRootReplaceIt() throws Exception {
    try (RunningAgent agent = RunningAgent.start(program, directory, WORKLOAD)) {
      assertEquals("rw-------", permissions(agent.local));
      assertEquals(WORKLOAD, Files.getAttribute(agent.local, "unix:uid"));
      assertEquals("rwx--x--x", permissions(agent.local.getParent()));
      assertEquals(0, Files.getAttribute(agent.local.getParent(), "unix:uid"));
      try (Stream<Path> files = Files.list(agent.local.getParent())) {
        assertEquals(1, files.count());
      }
    }
  }

  @Test
  void doesNotStartInADirectoryOfSomebodyElse() throws Exception {
    program.executable();
    Path run = Files.createDirectory(directory.resolve("run"));
    Files.setAttribute(run, "unix:uid", WORKLOAD);
    IOException e =
        assertThrows(IOException.class, () -> RunningAgent.start(program, directory, WORKLOAD));
    assertEquals(
        "treza-agent: FAILED: listen for the workload: Operation not permitted\n", e.getMessage());
  }

  @Test
  void doesNotStartForAWorkloadThatIsTheSameUser() throws Exception {
    program.executable();
    IOException e = assertThrows(
        IOException.class, () -> RunningAgent.start(program, directory, Integer.parseInt(AGENT)));
    assertTrue(
        e.getMessage().startsWith("treza-agent: FAILED: workload's user id: "), e.getMessage());
    assertFalse(Files.exists(directory.resolve("run")));
  }

  @Test
  void aProcessOfAnotherUserCannotEvenConnect() throws Exception {
    Requirement.require(Files.isExecutable(SETPRIV), "there is no setpriv");
    Requirement.require(Files.isExecutable(Path.of("/usr/bin/perl")), "there is no perl");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    try (RunningAgent agent = RunningAgent.start(program, directory, WORKLOAD)) {
      assertEquals(0, connectAs(WORKLOAD, agent.local), "the workload itself");
      assertEquals(13, connectAs(WORKLOAD + 1, agent.local), "EACCES for another");
      assertTrue(agent.ask(bytes("n")).document().is(bytes("n"), NONE, NONE));
    }
  }

  /** The errno with which connecting ends. */
  private static int connectAs(int user, Path socket) throws IOException, InterruptedException {
    String script = "use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0);"
        + "exit(connect($s, pack_sockaddr_un($ARGV[0])) ? 0 : $! + 0);";
    return new ProcessBuilder(
            SETPRIV.toString(),
            "--reuid=" + user,
            "--regid=" + user,
            "--clear-groups",
            "/usr/bin/perl",
            "-e",
            script,
            socket.toString())
        .inheritIO()
        .start()
        .waitFor();
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
