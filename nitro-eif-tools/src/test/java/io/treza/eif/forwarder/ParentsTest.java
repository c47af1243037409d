package io.treza.eif.forwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which of the two addresses that a parent may go by is used: the one that answers; and that on a parent
 * instance it is a port of this enclave's own, which the CID tells.
 */
@Timeout(60)
class ParentsTest {
  private static final String REQUEST = "CONNECT a.test:1 HTTP/1.1\r\n\r\n";
  private static final String ASKED = "TZE1\0\1\6a.test";

  @TempDir
  Path directory;

  private Peer client() throws Exception {
    UnixDomainSocketAddress proxy = UnixDomainSocketAddress.of(directory.resolve("proxy"));
    return new Peer(SocketChannel.open(proxy)).send(REQUEST);
  }

  private static int freePort() throws Exception {
    try (ServerSocketChannel socket = RunningForwarder.listen()) {
      return RunningForwarder.port(socket);
    }
  }

  private static void assertHears(Peer client, Peer parent) throws Exception {
    parent.send("TZE1\0\2");
    assertTrue(client.rest().startsWith("HTTP/1.1 403 "));
  }

  @Test
  void theOneThatAnswersIsKept() throws Exception {
    for (boolean firstAnswers : new boolean[] {true, false}) {
      try (ConfinedProgram program = ForwarderProgram.confined();
          ServerSocketChannel parent = RunningForwarder.listen()) {
        Optional<Integer> there = Optional.of(RunningForwarder.port(parent));
        // Nobody listens at the other address at first, and later somebody does.
        int latePort = freePort();
        Process process = RunningForwarder.process(
            program,
            directory,
            firstAnswers ? there : Optional.of(latePort),
            firstAnswers ? Optional.of(latePort) : there,
            List.of("--", "a.test:1"));
        try (Peer client = client();
            Peer asked = new Peer(parent.accept())) {
          assertEquals(ASKED, asked.readText(ASKED.length()));
          assertHears(client, asked);
        }
        try (ServerSocketChannel other = RunningForwarder.listen(latePort);
            Peer client = client();
            Peer asked = new Peer(parent.accept())) {
          assertEquals(ASKED, asked.readText(ASKED.length()));
          assertHears(client, asked);
          other.configureBlocking(false);
          assertNull(other.accept(), "the other address is not tried again");
        } finally {
          process.destroyForcibly().onExit().join();
          directory.resolve("proxy").toFile().delete();
        }
      }
    }
  }

  @Test
  void whereNoneAnswersTheRefusalSaysWhichPortsWereTried() throws Exception {
    try (ConfinedProgram program = ForwarderProgram.confined()) {
      Process process = RunningForwarder.process(
          program,
          directory,
          Optional.of(freePort()),
          Optional.of(freePort()),
          List.of("--", "a.test:1"));
      try (Peer client = client()) {
        String answer = client.rest();
        assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
        assertTrue(
            answer.endsWith("\r\n\r\na.test:1: no parent instance offers egress on vsock port"
                + " 2000000016, and no host on 9002\n"),
            answer);
      } finally {
        process.destroyForcibly().onExit().join();
      }
    }
  }

  @Test
  void whereBothAnswerOneIsAskedAndTheOtherHungUpOn() throws Exception {
    try (ConfinedProgram program = ForwarderProgram.confined();
        ServerSocketChannel first = RunningForwarder.listen();
        ServerSocketChannel second = RunningForwarder.listen()) {
      Process process = RunningForwarder.process(
          program,
          directory,
          Optional.of(RunningForwarder.port(first)),
          Optional.of(RunningForwarder.port(second)),
          List.of("--", "a.test:1"));
      try (Peer client = client();
          Peer one = new Peer(first.accept());
          Peer other = new Peer(second.accept())) {
        String both = one.readText(ASKED.length());
        boolean firstAsked = both.equals(ASKED);
        assertTrue(firstAsked || both.isEmpty());
        assertEquals(firstAsked ? "" : ASKED, other.readText(ASKED.length()));
        assertHears(client, firstAsked ? one : other);
      } finally {
        process.destroyForcibly().onExit().join();
      }
    }
  }
}
