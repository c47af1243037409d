package io.treza.eif.parent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.Peer;
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

/** What the enclave asks for is answered, whatever it asks, and connected if that may be. */
@ParameterizedClass
@MethodSource("io.treza.eif.parent.ParentSources#small")
@Timeout(120)
class ParentEgressTest {
  private static final int MOST = 3;
  // src/main/c/parent/egress.h
  private static final int SPARE = 16;
  private static final String HOST = "api.example.com";

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private ServerSocketChannel host;
  private RunningParent parent;
  private long ownDescriptors;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  ParentEgressTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    host = RunningParent.listen();
    int port = RunningParent.port(host);
    int closed = RunningParent.freePort();
    parent = RunningParent.start(
        program,
        directory,
        "--allow",
        HOST + ":443",
        "--allow",
        "*.wild.example.org:443",
        "--allow",
        "closed.example.com:443",
        "--allow",
        "127.0.0.1:" + port,
        "--resolve",
        HOST + ":443=127.0.0.1:" + port,
        "--resolve",
        "a.wild.example.org:443=127.0.0.1:" + port,
        "--resolve",
        "closed.example.com:443=127.0.0.1:" + closed,
        "--resolve",
        "unlisted.example.com:443=127.0.0.1:" + port,
        "--max-connections",
        Integer.toString(MOST));
    ownDescriptors = parent.descriptors();
  }

  @AfterEach
  void itStillRunsHasNothingToSayAndNoConnectionLeft() throws Exception {
    try (RunningParent last = parent) {
      last.awaitDescriptors(ownDescriptors);
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
    host.close();
  }

  private static String answer(int status) {
    return "TZE1\0" + (char) status;
  }

  private void assertRefused(int status, String asked) throws Exception {
    try (Peer enclave = parent.enclave(1).send(asked)) {
      assertEquals(answer(status), enclave.rest(), asked);
    }
  }

  private void assertConnected(String name, int port) throws Exception {
    try (Peer enclave = parent.ask(name, port);
        Peer there = new Peer(host.accept())) {
      assertEquals(answer(0), enclave.readText(6));
      there.send(name);
      assertEquals(name, enclave.readText(name.length()));
    }
  }

  @Test
  void connectsAndCarriesBytesBothWaysAndEachEnd() throws Exception {
    byte[] bytes = new byte[1_000_001];
    new Random(1).nextBytes(bytes);
    try (Peer enclave = parent.ask(HOST, 443);
        Peer there = new Peer(host.accept())) {
      assertEquals(answer(0), enclave.readText(6));
      CompletableFuture<Void> sending = enclave.sending(bytes);
      assertArrayEquals(bytes, there.read(bytes.length));
      sending.join();
      enclave.finishSending();
      assertTrue(there.ends());
      sending = there.sending(bytes);
      assertArrayEquals(bytes, enclave.read(bytes.length));
      sending.join();
      there.finishSending();
      assertTrue(enclave.ends());
    }
  }

  @Test
  void aRequestIsReadHoweverItArrivesAndWhatFollowsItIsTheHosts() throws Exception {
    String request = RunningParent.request(HOST, 443) + "early";
    try (Peer enclave = parent.enclave(1)) {
      for (int i = 0; i < request.length(); i++) {
        enclave.send(request.substring(i, i + 1));
      }
      try (Peer there = new Peer(host.accept())) {
        assertEquals("early", there.readText(5));
        there.send("hello");
        assertEquals(answer(0) + "hello", enclave.readText(11));
      }
    }
  }

  @Test
  void whatIsNotListedIsRefusedEvenIfItsPlaceIsKnown() throws Exception {
    int port = RunningParent.port(host);
    String[] unlisted = {
      "unlisted.example.com", "example.com", "xapi.example.com", "wild.example.org", "127.0.0.1"
    };
    for (String name : unlisted) {
      assertRefused(2, RunningParent.request(name, 443));
    }
    assertRefused(2, RunningParent.request(HOST, port));
    assertConnected(HOST, 443);
    assertConnected("a.wild.example.org", 443);
    assertConnected("127.0.0.1", port); // an address that is listed itself
  }

  @Test
  void saysThatAHostRefused() throws Exception {
    assertRefused(4, RunningParent.request("closed.example.com", 443));
  }

  @Test
  void whatIsNoRequestIsAnsweredSo() throws Exception {
    String good = RunningParent.request(HOST, 443);
    List<String> malformed = new ArrayList<>(List.of(
        "GET / HTTP/1.1\r\n\r\n",
        "T\0",
        "TZE2" + good.substring(4),
        RunningParent.request(HOST, 0),
        "TZE1\1\273\0",
        "TZE1\1\273\376" + "a".repeat(254)));
    for (String name : List.of(
        "API.example.com",
        "api.example.com.",
        "api..example.com",
        "*.wild.example.org",
        "127.1",
        "0x7f.1",
        "2130706433",
        "::1",
        "a b.test",
        "a\0b.test",
        "\344.test")) {
      malformed.add(RunningParent.request(name, 443));
    }
    for (String each : malformed) {
      assertRefused(1, each);
    }
  }

  @Test
  void onlyTheEnclaveOfItsCidIsServed() throws Exception {
    for (int cid : new int[] {2, 3, 255}) {
      try (Peer other = parent.enclave(cid)) {
        assertTrue(other.isReset());
      }
    }
    assertConnected(HOST, 443);
  }

  @Test
  void oneThatSaysNothingOrNotAllIsReset() throws Exception {
    try (Peer silent = parent.enclave(1);
        Peer half = parent.enclave(1).send("TZE1\1\273\17api")) {
      assertTrue(silent.isReset());
      assertTrue(half.isReset());
    }
  }

  @Test
  void oneThatHangsUpBeforeItHasAskedLeavesNothing() throws Exception {
    String request = RunningParent.request(HOST, 443);
    for (int length = 0; length < request.length(); length++) {
      parent.enclave(1).send(request.substring(0, length)).close();
    }
    for (int length = 0; length < request.length(); length++) {
      parent.enclave(1).send(request.substring(0, length)).reset();
    }
  }

  @Test
  void moreThanMayBeAreToldSoAndManyMoreReset() throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      peers.add(parent.ask(HOST, 443));
      assertEquals(answer(0), peers.get(peers.size() - 1).readText(6));
      peers.add(new Peer(host.accept()));
    }
    assertRefused(6, RunningParent.request(HOST, 443));
    parent.awaitDescriptors(ownDescriptors + 2 * MOST);
    for (int i = 0; i < SPARE; i++) {
      peers.add(parent.enclave(1));
    }
    try (Peer more = parent.enclave(1)) {
      assertTrue(more.isReset());
    }
    for (Peer peer : peers) {
      peer.close();
    }
    parent.awaitDescriptors(ownDescriptors);
    assertConnected(HOST, 443);
  }

  @Test
  void passesOnAResetByTheHost() throws Exception {
    try (Peer enclave = parent.ask(HOST, 443)) {
      assertEquals(answer(0), enclave.readText(6));
      new Peer(host.accept()).reset();
      assertTrue(enclave.isReset());
    }
  }

  @Test
  void aRefusalReachesAnEnclaveThatHasSentMore() throws Exception {
    try (Peer enclave = parent.enclave(1)) {
      enclave.send(RunningParent.request("unlisted.example.com", 443).getBytes(ISO_8859_1));
      enclave.send(new byte[100_000]);
      assertEquals(answer(2), enclave.readText(6));
    }
  }
}
