package io.treza.eif.forwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the forwarder does when it is waited for in vain, or too many come: with small limits. */
@ParameterizedClass
@MethodSource("io.treza.eif.forwarder.ForwarderProgram#small")
@Timeout(120)
class LimitsTest {
  private static final String CONNECT = "CONNECT a.test:1 HTTP/1.1\r\n\r\n";
  private static final int REQUEST = 7 + "a.test".length();
  // src/test/c/limits_small.c
  private static final int INGRESS = 3;
  private static final int EGRESS = 8;

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private RunningForwarder forwarder;
  private long ownDescriptors;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  LimitsTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    forwarder = RunningForwarder.start(program, directory, "a.test:1");
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

  @Test
  void anIdleConnectionIsResetNotEnded() throws Exception {
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      assertTrue(workload.isReset());
      assertTrue(outside.ends());
    }
  }

  @Test
  void aStalledReaderIsIdleToo() throws Exception {
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      outside.sendWithoutWaiting();
      assertTrue(outside.isReset() || outside.ends());
      assertTrue(workload.rest().length() > 0);
    }
  }

  @Test
  void outsideHearsOfAnEndInsideEvenIfItsTransportPassesOnNoHalfClose() throws Exception {
    try (Peer outside = forwarder.outside();
        Peer workload = forwarder.workload()) {
      workload.send("bye").close();
      assertEquals("bye", outside.rest());
      // It has said nothing, and yet the connection is wholly gone.
      while (forwarder.descriptors() > ownDescriptors) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aRequestThatDoesNotComeIsAnsweredSo() throws Exception {
    try (Peer silent = forwarder.proxy();
        Peer half = forwarder.proxy().send(CONNECT.substring(0, 20))) {
      for (Peer each : new Peer[] {silent, half}) {
        String answer = each.rest();
        assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
      }
    }
  }

  @Test
  void aParentThatHangsAtAnyByteIsGivenUp() throws Exception {
    List<Peer> clients = new ArrayList<>();
    List<Peer> parents = new ArrayList<>();
    for (int length = 0; length < 6; length++) {
      clients.add(forwarder.proxy().send(CONNECT));
      parents.add(forwarder.parent());
      parents.get(length).read(REQUEST);
      parents.get(length).send("TZE1\0\0".substring(0, length));
    }
    for (int i = 0; i < clients.size(); i++) {
      String answer = clients.get(i).rest();
      assertTrue(answer.startsWith("HTTP/1.1 504 Gateway Timeout\r\n"), answer);
      assertTrue(
          answer.endsWith("\r\n\r\na.test:1: the parent instance took too long to answer\n"),
          answer);
      assertTrue(parents.get(i).ends());
      clients.get(i).close();
      parents.get(i).close();
    }
  }

  @Test
  void whoDoesNotTakeItsRefusalIsHungUpOn() throws Exception {
    try (Peer client = forwarder.proxy().send("GET / HTTP/1.1\r\n\r\n")) {
      while (forwarder.descriptors() > ownDescriptors) {
        Thread.onSpinWait();
      }
      assertTrue(client.rest().startsWith("HTTP/1.1 405 "));
    }
  }

  @Test
  void connectionsBeyondTheLimitWaitForAPlaceAndTakeNoneOfTheOtherKind() throws Exception {
    Peer[] outside = new Peer[INGRESS + 1];
    Peer[] workload = new Peer[INGRESS + 1];
    for (int i = 0; i < outside.length; i++) {
      outside[i] = forwarder.outside().send("" + i);
    }
    for (int i = 0; i < INGRESS; i++) {
      workload[i] = forwarder.workload();
      assertEquals("" + i, workload[i].readText(1));
    }
    forwarder.awaitSleep();
    assertEquals(ownDescriptors + 2 * INGRESS, forwarder.descriptors());
    try (Peer client = forwarder.proxy().send("GET / HTTP/1.1\r\n\r\n")) {
      assertTrue(client.rest().startsWith("HTTP/1.1 405 "), "egress has places of its own");
    }
    outside[1].close();
    workload[1].close();
    workload[INGRESS] = forwarder.workload();
    assertEquals("" + INGRESS, workload[INGRESS].readText(1));
    for (int i = 0; i < outside.length; i++) {
      outside[i].close();
      workload[i].close();
    }
    Peer[] clients = new Peer[EGRESS + 1];
    for (int i = 0; i < clients.length; i++) {
      clients[i] = forwarder.proxy().send("GET / HTTP/1.1\r\n\r\n");
    }
    for (Peer client : clients) {
      assertTrue(client.rest().startsWith("HTTP/1.1 405 "));
      client.close();
    }
  }
}
