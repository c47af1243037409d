package io.treza.eif.parent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.Peer;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes from clients of the parent to the enclave's port and back. */
@ParameterizedClass
@MethodSource("io.treza.eif.parent.ParentSources#all")
@Timeout(120)
class ParentIngressTest {
  private static final int MOST = 3;

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private ServerSocketChannel enclave;
  private RunningParent parent;
  private long ownDescriptors;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  ParentIngressTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    enclave = RunningParent.listen();
    int port = RunningParent.port(enclave);
    parent = RunningParent.start(
        program,
        directory,
        "--ingress",
        "0=" + port,
        "--ingress",
        "0.0.0.0:0=" + port,
        "--max-connections",
        Integer.toString(MOST),
        "--idle-timeout",
        "2");
    ownDescriptors = parent.descriptors();
  }

  @AfterEach
  void itStillRunsHasNothingToSayAndNoConnectionLeft() throws Exception {
    try (RunningParent last = parent) {
      last.awaitDescriptors(ownDescriptors);
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
    enclave.close();
  }

  private Peer inside() throws Exception {
    return new Peer(enclave.accept());
  }

  @Test
  void saysWhereItListensAndForWhichPort() throws Exception {
    int port = RunningParent.port(enclave);
    assertEquals(2, parent.lines().size());
    assertTrue(parent.lines().get(0).matches("127\\.0\\.0\\.1:[1-9][0-9]+=" + port));
    assertTrue(parent.lines().get(1).matches("0\\.0\\.0\\.0:[1-9][0-9]+=" + port));
  }

  @Test
  void carriesBytesBothWaysAtOnceAndEachEnd() throws Exception {
    byte[] bytes = new byte[3_000_001];
    new Random(1).nextBytes(bytes);
    try (Peer client = parent.client();
        Peer inside = inside()) {
      CompletableFuture<Void> sending =
          CompletableFuture.allOf(client.sending(bytes), inside.sending(bytes));
      CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
        try {
          return client.read(bytes.length);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      });
      assertArrayEquals(bytes, inside.read(bytes.length));
      assertArrayEquals(bytes, received.join());
      sending.join();
      client.finishSending();
      assertTrue(inside.ends());
      inside.send("after");
      assertEquals("after", client.readText(5));
      inside.finishSending();
      assertTrue(client.ends());
    }
  }

  @Test
  void passesOnAReset() throws Exception {
    try (Peer client = parent.client()) {
      inside().reset();
      assertTrue(client.isReset());
    }
  }

  @Test
  void resetsTheClientWhereNobodyListensInside() throws Exception {
    enclave.close();
    try (Peer client = parent.client()) {
      assertTrue(client.isReset());
    }
  }

  @Test
  void resetsOneConnectionMoreThanThereMayBeAtEachPort() throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (int port = 0; port < 2; port++) {
      for (int i = 0; i < MOST; i++) {
        peers.add(parent.client(port).send("x"));
        peers.add(inside());
        assertEquals("x", peers.get(peers.size() - 1).readText(1));
      }
      try (Peer more = parent.client(port)) {
        assertTrue(more.isReset());
      }
    }
    for (Peer peer : peers) {
      peer.close();
    }
    parent.awaitDescriptors(ownDescriptors);
    try (Peer client = parent.client();
        Peer inside = inside()) {
      client.send("y");
      assertEquals("y", inside.readText(1));
    }
  }

  @Test
  void resetsWhatIsIdleForAsLongAsWasSaid() throws Exception {
    try (Peer client = parent.client();
        Peer inside = inside()) {
      assertTrue(client.isReset());
      assertTrue(inside.isReset());
    }
  }

  @Test
  void anEndInsideIsNotTakenForTheOtherOne() throws Exception {
    try (Peer client = parent.client();
        Peer inside = inside()) {
      inside.finishSending();
      assertTrue(client.ends());
      client.send("still");
      assertEquals("still", inside.readText(5));
    }
  }

  @Test
  void onSigtermResetsAllAndEndsWellAndSoDoesAllThatItStarted() throws Exception {
    try (Peer client = parent.client();
        Peer inside = inside()) {
      client.send("x");
      assertEquals("x", inside.readText(1));
      Process process = parent.process();
      process.destroy();
      assertEquals(0, process.waitFor());
      assertTrue(client.isReset());
      assertTrue(inside.isReset());
    }
    assertEquals("", parent.log());
    start();
  }
}
