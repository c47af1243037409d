package io.treza.eif.agent;

import static io.treza.eif.agent.Frames.NONE;
import static io.treza.eif.agent.Frames.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What somebody outside the enclave can do: have a nonce attested, and nothing else. */
@ParameterizedClass
@MethodSource("io.treza.eif.agent.AgentProgram#all")
@Timeout(60)
class RemoteSocketTest {
  private static final byte[] NONCE = bytes("nonce");
  private static final byte[] ATTACKER = bytes("the attacker's key");

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private RunningAgent agent;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  RemoteSocketTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    agent = RunningAgent.start(program, directory, ConfinedProgram.userId());
  }

  @AfterEach
  void itStillRunsAndHasNothingToSay() throws Exception {
    try (RunningAgent last = agent) {
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
  }

  @Test
  void getsADocumentThatCarriesTheNonceAndNothingElse() throws Exception {
    for (int length : new int[] {1, 23, 24, 255, 256, 511, 512}) {
      byte[] nonce = new byte[length];
      Arrays.fill(nonce, (byte) 0xab);
      Answer answer = agent.ask(nonce);
      assertArrayEquals(bytes("TZA1"), answer.magic());
      assertTrue(answer.document().is(nonce, NONE, NONE), () -> "length " + length);
    }
  }

  @Test
  void refusesEveryOtherLengthOfNonce() throws Exception {
    for (int length : new int[] {0, 513, 1024, 0xffff}) {
      try (Peer peer = agent.outside()) {
        assertEquals(Answer.BAD_REQUEST, peer.ask(Frames.remote(length, NONCE)).status());
        assertTrue(peer.finishSending().ends());
      }
    }
  }

  @Test
  void refusesANonceLongerThanItSays() throws Exception {
    byte[] frame = Frames.remote(NONCE);
    for (int at : new int[] {6 + NONCE.length, 300, 517}) {
      byte[] changed = frame.clone();
      changed[at] = 1;
      try (Peer peer = agent.outside()) {
        assertEquals(Answer.BAD_REQUEST, peer.ask(changed).status(), () -> "at " + at);
      }
    }
  }

  @Test
  void refusesAnotherMagicAsSoonAsItDiffers() throws Exception {
    for (String start : List.of("G", "TZ0", "TZL1", "CONNECT", "tza1")) {
      try (Peer peer = agent.outside()) {
        assertEquals(Answer.BAD_REQUEST, peer.ask(bytes(start)).status(), start);
      }
    }
  }

  @Test
  void cannotSpeakAsTheWorkload() throws Exception {
    for (byte[] frame : List.of(
        Frames.register(ATTACKER, ATTACKER), Frames.attestWith(NONCE, ATTACKER, ATTACKER))) {
      try (Peer peer = agent.outside()) {
        assertEquals(Answer.BAD_REQUEST, peer.ask(frame).status());
      }
    }
    assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
  }

  @Test
  void hasNothingReadAfterTheFrame() throws Exception {
    try (Peer peer = agent.outside()) {
      peer.send(Frames.remote(NONCE)).send(Frames.register(ATTACKER, ATTACKER));
      assertTrue(peer.answer().document().is(NONCE, NONE, NONE));
      assertTrue(peer.finishSending().ends());
    }
    assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
  }

  @Test
  void isCutOffWhenItKeepsTalkingAfterItsAnswer() throws Exception {
    try (Peer peer = agent.outside()) {
      peer.ask(Frames.remote(NONCE));
      // 4096 bytes are let pass, and what the socket's buffers hold before the agent looks.
      assertThrows(IOException.class, () -> {
        for (int sent = 0; sent < 8 << 20; sent += 1024) {
          peer.send(new byte[1024]);
        }
      });
    }
  }

  @Test
  void getsNothingForHalfAFrame() throws Exception {
    byte[] frame = Frames.remote(NONCE);
    for (int length : new int[] {0, 1, 4, 5, 6, 7, 517}) {
      try (Peer peer = agent.outside()) {
        peer.send(Arrays.copyOf(frame, length)).finishSending();
        assertThrows(EOFException.class, peer::answer, () -> "length " + length);
      }
    }
  }

  @Test
  void keepsConnectionsApartWhoseFramesArriveInPieces() throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      peers.add(agent.outside());
    }
    for (int at = 0; at < 518; at += 37) {
      for (int i = 0; i < peers.size(); i++) {
        byte[] frame = Frames.remote(bytes("nonce " + i));
        peers.get(i).send(Arrays.copyOfRange(frame, at, Math.min(518, at + 37)));
      }
    }
    for (int i = 0; i < peers.size(); i++) {
      try (Peer peer = peers.get(i)) {
        assertTrue(peer.answer().document().is(bytes("nonce " + i), NONE, NONE));
      }
    }
  }

  @Test
  void isAnsweredWhileTwoHundredOthersHaveSentHalfAFrame() throws Exception {
    List<Peer> slow = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      slow.add(agent.outside().send(Arrays.copyOf(Frames.remote(NONCE), 1 + i)));
    }
    assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
    assertTrue(agent.descriptors() <= 100, "64 connections, and a few of its own");
    // The first ones had to make room, and were told to come back.
    assertEquals(Answer.TRY_LATER, slow.get(0).answer().status());
    for (Peer each : slow) {
      each.close();
    }
  }

  @Test
  void cannotUseUpTheNsmWithAFlood() throws Exception {
    try (Peer workload = agent.inside()) {
      assertEquals(Answer.OK, workload.ask(Frames.register(bytes("key"), NONE)).status());
      int refused = 0;
      for (int wave = 0; wave < 50; wave++) {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
          peers.add(agent.outside().send(Frames.remote(NONCE)));
        }
        for (Peer peer : peers) {
          Answer answer = peer.answer();
          if (answer.status() == Answer.TRY_LATER) {
            refused++;
          } else {
            assertTrue(answer.document().is(NONCE, bytes("key"), NONE));
          }
          peer.close();
        }
      }
      assertTrue(refused > 0);
      assertTrue(workload.ask(Frames.attest(NONCE)).document().is(NONCE, bytes("key"), NONE));
    }
  }

  @Test
  void neverGetsAKeyOfItsOwnInAnyDocument() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] frame = Frames.remote(NONCE);
      if (random.nextBoolean()) {
        frame = Frames.attestWith(NONCE, ATTACKER, ATTACKER);
        System.arraycopy(bytes("TZA1"), 0, frame, 0, 4);
      }
      for (int change = random.nextInt(3); change > 0; change--) {
        frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      }
      frame = Arrays.copyOf(frame, random.nextInt(600));
      try (Peer peer = agent.outside()) {
        peer.send(frame).finishSending();
        Answer answer = peer.answer();
        if (answer.status() == Answer.OK) {
          Answer.Document document = answer.document();
          assertTrue(document.publicKey().isEmpty() && document.userData().isEmpty());
        }
      } catch (EOFException e) {
        // Half a frame, or none.
      }
    }
  }

  @Test
  void hearsThatTheNsmFailedAndMayAskAgain() throws Exception {
    for (String nonce : List.of("refuse", "vanish", "babble")) {
      Answer answer = agent.ask(bytes(nonce));
      assertEquals(Answer.NSM_FAILED, answer.status(), nonce);
      assertEquals(0, answer.content().length);
    }
    assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
  }
}
