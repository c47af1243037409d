package io.treza.eif.agent;

import static io.treza.eif.agent.Frames.NONE;
import static io.treza.eif.agent.Frames.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.testsupport.Requirement;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the workload can do, and what other processes in the enclave cannot. */
@ParameterizedClass
@MethodSource("io.treza.eif.agent.AgentProgram#all")
@Timeout(60)
class LocalSocketTest {
  private static final byte[] NONCE = bytes("nonce");
  private static final byte[] KEY = bytes("the workload's key");
  private static final byte[] DATA = bytes("the workload's data");
  private static final byte[] ATTACKER = bytes("the attacker's");

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private RunningAgent agent;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  LocalSocketTest(ConfinedProgram program) throws Exception {
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
  void whatItRegistersIsInEveryLaterDocument() throws Exception {
    try (Peer workload = agent.inside()) {
      Answer answer = workload.ask(Frames.register(KEY, DATA));
      assertArrayEquals(bytes("TZL1"), answer.magic());
      assertEquals(Answer.OK, answer.status());
      assertTrue(agent.ask(NONCE).document().is(NONCE, KEY, DATA));
      assertTrue(workload.ask(Frames.attest(NONCE)).document().is(NONCE, KEY, DATA));
      assertTrue(workload.ask(Frames.attest(NONE)).document().is(NONE, KEY, DATA));
    }
  }

  @Test
  void takesTheLargestFieldsThatAnNsmTakes() throws Exception {
    byte[] nonce = filled(512);
    byte[] key = filled(1024);
    byte[] data = filled(512);
    try (Peer workload = agent.inside()) {
      assertEquals(Answer.OK, workload.ask(Frames.register(key, data)).status());
      assertTrue(agent.ask(nonce).document().is(nonce, key, data));
      assertTrue(
          workload.ask(Frames.attestWith(nonce, data, data)).document().is(nonce, data, data));
    }
  }

  @Test
  void theHolderMayRegisterAnew() throws Exception {
    try (Peer workload = agent.inside()) {
      workload.ask(Frames.register(KEY, DATA));
      workload.ask(Frames.register(DATA, NONE));
      assertTrue(agent.ask(NONCE).document().is(NONCE, DATA, NONE));
      workload.ask(Frames.register(NONE, NONE));
      assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
    }
  }

  @Test
  void theHolderGetsDocumentsWithOtherFieldsThatNobodyElseGets() throws Exception {
    try (Peer workload = agent.inside()) {
      workload.ask(Frames.register(KEY, DATA));
      byte[] recipient = bytes("a key for one request to KMS");
      assertTrue(workload
          .ask(Frames.attestWith(NONCE, recipient, NONE))
          .document()
          .is(NONCE, recipient, NONE));
      assertTrue(agent.ask(NONCE).document().is(NONCE, KEY, DATA));
    }
  }

  @Test
  void aSecondConnectionGetsNoDocumentWithAKeyOfItsOwn() throws Exception {
    try (Peer workload = agent.inside();
        Peer second = agent.inside()) {
      assertEquals(
          Answer.NOT_HOLDER,
          second.ask(Frames.attestWith(NONCE, ATTACKER, NONE)).status());
      workload.ask(Frames.register(KEY, DATA));
      for (byte[] frame : List.of(
          Frames.register(ATTACKER, NONE),
          Frames.register(NONE, NONE),
          Frames.attestWith(NONCE, ATTACKER, NONE),
          Frames.attestWith(NONCE, NONE, ATTACKER),
          Frames.local(Frames.EXTEND, 16, NONE, NONE, ATTACKER),
          Frames.local(Frames.LOCK, 16, NONE, NONE, NONE))) {
        assertEquals(Answer.NOT_HOLDER, second.ask(frame).status());
      }
      assertTrue(second.ask(Frames.attest(NONCE)).document().is(NONCE, KEY, DATA));
      assertTrue(agent.ask(NONCE).document().is(NONCE, KEY, DATA));
    }
  }

  @Test
  void nobodySucceedsAHolderThatEnded() throws Exception {
    try (Peer second = agent.inside()) {
      try (Peer workload = agent.inside()) {
        workload.ask(Frames.register(KEY, DATA));
      }
      assertEquals(
          Answer.NOT_HOLDER, second.ask(Frames.register(ATTACKER, NONE)).status());
      try (Peer third = agent.inside()) {
        assertEquals(
            Answer.NOT_HOLDER, third.ask(Frames.register(ATTACKER, NONE)).status());
      }
      assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
    }
  }

  @Test
  void anotherUserIsRefusedThoughItMayOpenTheSocket() throws Exception {
    Requirement.require(ConfinedProgram.userId() == 0, "only root can give the socket away");
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    try (RunningAgent other = RunningAgent.start(program, elsewhere, 12345);
        Peer root = other.inside()) {
      assertEquals(Answer.NOT_WORKLOAD, root.answer().status());
      root.send(Frames.register(ATTACKER, NONE));
      assertTrue(root.finishSending().ends());
      assertTrue(other.ask(NONCE).document().is(NONCE, NONE, NONE));
    }
  }

  @Test
  void refusesMalformedFramesAndHangsUp() throws Exception {
    byte[] tooLong = Frames.register(KEY, DATA);
    for (byte[] frame : List.of(
        bytes("TZA1"),
        bytes("\0"),
        Frames.local(0, 0, NONE, NONE, NONE),
        Frames.local(8, 0, NONE, NONE, NONE),
        Frames.local(255, 0, NONE, NONE, NONE),
        Frames.local(Frames.REGISTER, 0, NONCE, KEY, DATA),
        Frames.local(Frames.REGISTER, 1, NONE, KEY, DATA),
        Frames.local(Frames.ATTEST, 0, NONCE, KEY, NONE),
        Frames.local(Frames.ATTEST, 0, NONCE, NONE, DATA),
        Frames.local(Frames.RANDOM, 0, NONCE, NONE, NONE),
        Frames.local(Frames.DESCRIBE, 32, NONE, NONE, NONE),
        Frames.local(Frames.DESCRIBE, 0, NONE, NONE, DATA),
        Frames.local(Frames.EXTEND, 15, NONE, NONE, DATA),
        Frames.local(Frames.EXTEND, 32, NONE, NONE, DATA),
        Frames.local(Frames.EXTEND, 16, NONE, NONE, NONE),
        Frames.local(Frames.LOCK, 15, NONE, NONE, NONE),
        head(tooLong, 6, 513),
        head(tooLong, 8, 1025),
        head(tooLong, 10, 513),
        head(tooLong, 8, 0xffff))) {
      try (Peer peer = agent.inside()) {
        assertEquals(Answer.BAD_REQUEST, peer.ask(frame).status(), () -> Arrays.toString(frame));
        assertTrue(peer.finishSending().ends());
      }
    }
    assertTrue(agent.ask(NONCE).document().is(NONCE, NONE, NONE));
  }

  @Test
  void answersRequestsThatComeTogetherOneByOne() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(Frames.register(KEY, DATA));
    all.write(Frames.attest(NONCE));
    all.write(Frames.attestWith(NONCE, DATA, KEY));
    try (Peer workload = agent.inside().send(all.toByteArray()).finishSending()) {
      assertEquals(Answer.OK, workload.answer().status());
      assertTrue(workload.answer().document().is(NONCE, KEY, DATA));
      assertTrue(workload.answer().document().is(NONCE, DATA, KEY));
      assertTrue(workload.ends());
    }
  }

  @Test
  void keepsTheHoldersPlaceWhenOthersCrowdIn() throws Exception {
    List<Peer> others = new ArrayList<>();
    try (Peer workload = agent.inside()) {
      workload.ask(Frames.register(KEY, DATA));
      for (int i = 0; i < 100; i++) {
        others.add(agent.inside().send(Arrays.copyOf(Frames.attest(NONCE), 1 + i % 12)));
      }
      try (Peer late = agent.inside()) {
        assertTrue(late.ask(Frames.attest(NONCE)).document().is(NONCE, KEY, DATA));
      }
      assertTrue(workload.ask(Frames.attest(NONCE)).document().is(NONCE, KEY, DATA));
    }
    for (Peer each : others) {
      each.close();
    }
  }

  @Test
  void aFloodOfAnotherConnectionDoesNotStarveTheHolder() throws Exception {
    try (Peer workload = agent.inside();
        Peer other = agent.inside()) {
      workload.ask(Frames.register(KEY, DATA));
      int requests = 1000;
      other.send(repeated(Frames.attest(NONCE), requests));
      int refused = 0;
      for (int i = 0; i < requests; i++) {
        refused += other.answer().status() == Answer.TRY_LATER ? 1 : 0;
      }
      assertTrue(refused > 0);
      assertTrue(workload.ask(Frames.attest(NONCE)).document().is(NONCE, KEY, DATA));
    }
  }

  @Test
  void describesExtendsAndLocksPcrsAndGivesRandomBytes() throws Exception {
    try (Peer workload = agent.inside()) {
      workload.ask(Frames.register(NONE, NONE));
      byte[] extended = ok(workload.ask(Frames.local(Frames.EXTEND, 16, NONE, NONE, DATA)));
      assertArrayEquals(Arrays.copyOf(DATA, 48), extended);
      byte[] described = ok(workload.ask(Frames.local(Frames.DESCRIBE, 16, NONE, NONE, NONE)));
      assertEquals(1, described[0]);
      assertArrayEquals(extended, Arrays.copyOfRange(described, 1, 49));
      assertEquals(0, ok(workload.ask(Frames.local(Frames.LOCK, 16, NONE, NONE, NONE))).length);
      assertEquals(48, ok(workload.ask(Frames.local(Frames.RANDOM, 0, NONE, NONE, NONE))).length);
    }
  }

  private static byte[] ok(Answer answer) {
    assertEquals(Answer.OK, answer.status());
    return answer.content();
  }

  /** A frame whose head says another length than it has. */
  private static byte[] head(byte[] frame, int at, int value) {
    byte[] changed = frame.clone();
    changed[at] = (byte) (value >> 8);
    changed[at + 1] = (byte) value;
    return changed;
  }

  private static byte[] repeated(byte[] bytes, int times) {
    ByteBuffer all = ByteBuffer.allocate(bytes.length * times);
    for (int i = 0; i < times; i++) {
      all.put(bytes);
    }
    return all.array();
  }

  private static byte[] filled(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) length);
    return bytes;
  }
}
