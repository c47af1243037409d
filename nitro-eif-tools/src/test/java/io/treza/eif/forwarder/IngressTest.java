package io.treza.eif.forwarder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.io.IOException;
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

/** Bytes from outside to the workload and back: all of them, in order, and no more than fit. */
@ParameterizedClass
@MethodSource("io.treza.eif.forwarder.ForwarderProgram#all")
@Timeout(120)
class IngressTest {
  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private RunningForwarder forwarder;
  private long ownDescriptors;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  IngressTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    forwarder = RunningForwarder.start(program, directory);
    ownDescriptors = forwarder.descriptors();
  }

  @AfterEach
  void itStillRunsHasNothingToSayAndNoConnectionLeft() throws Exception {
    try (RunningForwarder last = forwarder) {
      while (last.isAlive() && last.descriptors() > ownDescriptors) {
        Thread.onSpinWait();
      }
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void carriesBytesBothWaysAtOnce() throws Exception {
    byte[] in = bytes(3_000_001, 1);
    byte[] out = bytes(2_000_003, 2);
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      CompletableFuture<Void> sending =
          CompletableFuture.allOf(outside.sending(in), workload.sending(out));
      CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
        try {
          return outside.read(out.length);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      });
      assertArrayEquals(in, workload.read(in.length));
      assertArrayEquals(out, received.join());
      sending.join();
    }
  }

  @Test
  void passesOnEachEndWhileTheOtherDirectionGoesOn() throws Exception {
    for (boolean outsideFirst : new boolean[] {true, false}) {
      try (Peer outside = forwarder.outside();
          Peer workload = forwarder.workload()) {
        Peer first = outsideFirst ? outside : workload;
        Peer second = outsideFirst ? workload : outside;
        first.send("last words").finishSending();
        assertEquals("last words", second.rest());
        for (int i = 0; i < 3; i++) {
          second.send("answer");
          assertEquals("answer", first.readText(6));
        }
        second.finishSending();
        assertTrue(first.ends());
      }
    }
  }

  @Test
  void deliversWhatWasSentBeforeItsSenderHungUp() throws Exception {
    byte[] bytes = bytes(1_500_000, 3);
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      CompletableFuture<Void> sending =
          outside.sending(bytes).thenRun(() -> assertDoesClose(outside));
      assertArrayEquals(bytes, workload.read(bytes.length));
      assertTrue(workload.ends());
      sending.join();
    }
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      CompletableFuture<Void> sending =
          workload.sending(bytes).thenRun(() -> assertDoesClose(workload));
      assertArrayEquals(bytes, outside.read(bytes.length));
      assertTrue(outside.ends());
      sending.join();
    }
  }

  private static void assertDoesClose(Peer peer) {
    try {
      peer.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aResetInsideEndsTheConnectionOutside() throws Exception {
    try (Peer outside = forwarder.outside()) {
      forwarder.workload().send("half an ans").reset();
      // How much of it arrives is the kernel's affair.
      assertTrue("half an ans".startsWith(outside.rest()));
    }
  }

  @Test
  void hangsUpWhereNobodyListensInside() throws Exception {
    forwarder.stopWorkload();
    for (int i = 0; i < 3; i++) {
      try (Peer outside = forwarder.outside()) {
        assertTrue(outside.ends());
      }
    }
  }

  @Test
  void aReaderThatStopsStopsItsSenderAndCostsNeitherTimeNorMemory() throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Peer outside = forwarder.outside();
      Peer workload = forwarder.workload();
      peers.addAll(List.of(outside, workload));
      assertTrue(outside.sendWithoutWaiting() < 64 << 20, "it ends somewhere");
      assertTrue(workload.sendWithoutWaiting() < 64 << 20);
    }
    forwarder.awaitSleep();
    try (Peer outside = forwarder.outside().send("ping");
        Peer workload = forwarder.workload()) {
      assertEquals("ping", workload.readText(4));
      workload.send("pong");
      assertEquals("pong", outside.readText(4));
    }
    // 100 directions of 16 KiB each, beside what it has anyway.
    assertTrue(forwarder.residentKib() < 64 << 10);
    for (Peer peer : peers) {
      peer.close();
    }
  }

  @Test
  void servesAThousandConnectionsAtATime() throws Exception {
    List<Peer> outside = new ArrayList<>();
    List<Peer> workload = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      outside.add(forwarder.outside().send("%04d".formatted(i)));
      workload.add(forwarder.workload());
    }
    for (int i = 0; i < 1000; i++) {
      String text = workload.get(i).readText(4);
      assertEquals("%04d".formatted(i), text);
      workload.get(i).send("re " + text);
    }
    for (int i = 0; i < 1000; i++) {
      assertEquals("re %04d".formatted(i), outside.get(i).readText(7));
      outside.get(i).close();
      assertTrue(workload.get(i).ends());
      workload.get(i).close();
    }
  }

  @Test
  void leavesNothingBehindWhereverASideBreaksOff() throws Exception {
    Random random = new Random(4);
    for (int i = 0; i < 300; i++) {
      Peer outside = forwarder.outside();
      Peer workload = forwarder.workload();
      if (random.nextBoolean()) {
        outside.sendWithoutWaiting();
      }
      if (random.nextBoolean()) {
        workload.sendWithoutWaiting();
      }
      if (random.nextBoolean()) {
        outside.finishSending();
      }
      if (random.nextBoolean()) {
        workload.reset();
      }
      (random.nextBoolean() ? outside : workload).close();
      outside.close();
      workload.close();
    }
  }
}
