package io.treza.eif.forwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the forwarder does not start with, and what it can no longer do once it answers. */
@Timeout(60)
class ConfinementTest {
  private static final String ID = "1953659494";

  @TempDir
  Path directory;

  private final ConfinedProgram program = ForwarderProgram.confined();

  @AfterEach
  void removeProgram() throws IOException {
    program.close();
  }

  private void refused(String message, List<String> arguments) {
    IOException e = assertThrows(
        IOException.class,
        () -> RunningForwarder.process(
            program, directory, Optional.empty(), Optional.empty(), arguments));
    assertEquals("treza-forwarder: FAILED: " + message + "\n", e.getMessage());
  }

  @Test
  void itIsAUserOfItsOwnWithoutRightsOrFiles() throws Exception {
    program.executable();
    try (RunningForwarder forwarder = RunningForwarder.start(program, directory, "a.test:1")) {
      Path process = Path.of("/proc", Long.toString(forwarder.pid()));
      Map<String, String> status = new TreeMap<>();
      for (String line : Files.readAllLines(process.resolve("status"))) {
        String[] parts = line.split(":", 2);
        status.put(parts[0], parts[1].strip());
      }
      String four = String.join("\t", Collections.nCopies(4, ID));
      assertEquals(four, status.get("Uid"));
      assertEquals(four, status.get("Gid"));
      assertEquals("", status.get("Groups"));
      assertEquals("0000000000000000", status.get("CapEff"));
      assertEquals("0000000000000000", status.get("CapBnd"));
      assertEquals("1", status.get("NoNewPrivs"));
      assertEquals("2", status.get("Seccomp"));
      assertTrue(Files.readSymbolicLink(process.resolve("root")).toString().endsWith("(deleted)"));
      // Standard error, epoll, a port and the proxy.
      assertEquals(4, forwarder.descriptors());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 --                    | 0: not a port from 1 to 65535, or one too many",
        "65536 --                | 65536: not a port from 1 to 65535, or one too many",
        "80x --                  | 80x: not a whole number below 4294967295",
        "3128 -- a.test:1        | port 3128: is the egress proxy's, which nobody outside may use",
        "80 -- *:443             | *:443: neither a host name nor an IPv4 address",
        "80 -- *.com:443         | *.com:443: a wildcard that is not below a name of two labels",
        "80 -- *.192.0.2.1:443   | *.192.0.2.1:443: a wildcard that is not below a name of two labels",
        "80 -- *.*.a.test:443    | *.*.a.test:443: neither a host name nor an IPv4 address",
        "80 -- A.test:443        | A.test:443: a name with capitals; write it in lower case",
        "80 -- a.test            | a.test: no port; write host:port"
      })
  void doesNotStartWithListsThatAreNotAllowed(String arguments, String message) throws Exception {
    program.executable();
    refused(message, List.of(arguments.split(" ")));
  }

  @Test
  void doesNotStartWithMoreThanItHasRoomFor() throws Exception {
    program.executable();
    List<String> ports = IntStream.rangeClosed(1, 65).mapToObj(String::valueOf).toList();
    refused("65: not a port from 1 to 65535, or one too many", ports);
    List<String> hosts = IntStream.rangeClosed(0, 257)
        .mapToObj(i -> i == 0 ? "--" : "a.test:" + i)
        .toList();
    refused("a.test:257: one host too many", hosts);
  }

  @ParameterizedTest
  @CsvSource({
    "inet socket, 0",
    "vsock socket, 0",
    "unix socket, 31",
    "netlink socket, 31",
    "open, 31",
    "exec, 31",
    "fork, 31",
    "bind, 31"
  })
  void callsThatForwardingDoesNotTakeEndIt(String call, int signal) throws Exception {
    try (ConfinedProgram escape = ConfinedProgram.confined(List.of(
        "main/c/confined/program.c",
        "main/c/forwarder/confinement.c",
        "main/c/parent/confinement.c",
        "test/c/escape.c"))) {
      Process process = new ProcessBuilder(
              escape.executable().toString(), directory.toString(), "forwarder", call)
          .inheritIO()
          .start();
      assertEquals(signal == 0 ? 0 : 128 + signal, process.waitFor());
    }
  }
}
