package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.aws.eks.PodVerdict.Rejected;
import io.treza.aws.eks.RolloutOutcome.Completed;
import io.treza.aws.eks.RolloutOutcome.Crashed;
import io.treza.aws.eks.RolloutOutcome.Refused;
import io.treza.aws.eks.RolloutOutcome.TimedOut;
import io.treza.aws.eks.played.Behaviour;
import io.treza.aws.eks.played.PlayedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** New releases: over attested pods only, and back when one is not. */
@Timeout(180)
class RolloutTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final Duration SHORT = Duration.ofSeconds(3);

  private static Play play;
  private static Gatekeeper gatekeeper;

  @BeforeAll
  static void start() throws Exception {
    play = new Play();
    gatekeeper = play.gatekeeper().start();
  }

  @AfterAll
  static void end() throws Exception {
    gatekeeper.close();
    play.close();
  }

  @Test
  void completesWhenEveryPodWasVerified() throws Exception {
    play.allow("first", "v1");
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("first", "v1").replicas(3).build(), LONG);
    Completed completed = assertInstanceOf(Completed.class, outcome);
    assertEquals(3, completed.pods().size());
    assertTrue(play.cluster.find("first").orElseThrow().settled());
    for (EnclavePod pod : completed.pods()) {
      assertEquals(
          Optional.of(play.played.moduleId(pod.uid())),
          gatekeeper.verdict(pod.uid()).map(v -> ((PodVerdict.Verified) v).moduleId()));
    }
  }

  @Test
  void replacesEveryPodWhileAsManyServeAsBefore() throws Exception {
    play.allow("roll", "v1", "v2");
    gatekeeper.rollOut(Play.deployment("roll", "v1").replicas(3).build(), LONG);
    AtomicInteger fewest = new AtomicInteger(3);
    AtomicInteger most = new AtomicInteger(3);
    AtomicBoolean done = new AtomicBoolean();
    Thread watcher = new Thread(() -> {
      while (!done.get()) {
        // Those that end already count no more, in Kubernetes either.
        List<EnclavePod> pods =
            play.pods("roll").stream().filter(pod -> !pod.ending()).toList();
        fewest.accumulateAndGet((int) pods.stream().filter(EnclavePod::ready).count(), Math::min);
        most.accumulateAndGet(pods.size(), Math::max);
      }
    });
    watcher.start();
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("roll", "v2").replicas(3).build(), LONG);
    done.set(true);
    watcher.join();
    assertInstanceOf(Completed.class, outcome);
    assertEquals(
        List.of("v2"),
        play.awaitReady("roll", 3).stream()
            .map(pod -> pod.release().orElse(""))
            .distinct()
            .toList());
    assertEquals(3, fewest.get());
    assertEquals(4, most.get());
  }

  @Test
  void putsTheReleaseBeforeBackWhenAPodIsRefused() throws Exception {
    play.allow("bad", "v1", "v2");
    gatekeeper.rollOut(Play.deployment("bad", "v1").replicas(2).build(), LONG);
    List<String> before = names("bad");
    // The image of v2, and in it an enclave that is not what v2 measures as.
    play.played.behave(PlayedCluster.podImage("v2-bad"), Behaviour.of("something else"));
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("bad", "v2-bad").replicas(2).build(), LONG);
    Refused refused = assertInstanceOf(Refused.class, outcome);
    assertTrue(refused.rolledBack());
    assertEquals(
        Reason.MEASUREMENT_MISMATCH,
        assertInstanceOf(Rejected.class, refused.verdict()).rejection().reason());
    assertEquals(Optional.of("v2-bad"), refused.pod().release());
    play.awaitReady("bad", 2);
    assertEquals(before, names("bad"));
    assertEquals(
        PlayedCluster.podImage("v1"), play.cluster.find("bad").orElseThrow().podImage());
  }

  @Test
  void leavesTheGateShutWhereThereIsNoReleaseBefore() throws Exception {
    play.allow("new", "v1");
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("new", "other").replicas(1).build(), LONG);
    Refused refused = assertInstanceOf(Refused.class, outcome);
    assertFalse(refused.rolledBack());
    // The verdict is known a moment before the cluster has it; until then the gate is as good as
    // shut.
    PlayedCluster.await("a shut gate", () -> play.pods("new").get(0).gate() == Gate.SHUT);
    EnclavePod pod = play.pods("new").get(0);
    assertFalse(pod.ready());
    assertEquals("MEASUREMENT_MISMATCH", play.conditionReason(pod));
  }

  @Test
  void refusesAnEnclaveInDebugMode() throws Exception {
    play.allow("debug", "v1");
    play.played.behave(
        PlayedCluster.podImage("v1-debug"),
        Behaviour.of(PlayedCluster.podImage("v1")).inDebugMode());
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("debug", "v1-debug").build(), LONG);
    assertEquals(
        "DEBUG_MODE", assertInstanceOf(Refused.class, outcome).verdict().reason());
  }

  @Test
  void saysWhatTheSchedulerLacksWhenTheTimeIsOver() throws Exception {
    play.allow("big", "v1");
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("big", "v1").replicas(60).build(), SHORT);
    TimedOut late = assertInstanceOf(TimedOut.class, outcome);
    assertFalse(late.rolledBack());
    String line = late.waitingFor().stream()
        .filter(l -> l.contains("Insufficient aws.ec2.nitro/nitro_enclaves"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(late.waitingFor()));
    assertTrue(line.contains("add nodes"), line);
    play.cluster.remove("big", LONG);
  }

  @Test
  void saysWhyAContainerEndsAndGoesBack() throws Exception {
    play.allow("crash", "v1", "v2");
    gatekeeper.rollOut(Play.deployment("crash", "v1").build(), LONG);
    play.played.behave(
        PlayedCluster.podImage("v2-crash"),
        Behaviour.crashing("[ E27 ] Insufficient memory available"));
    RolloutOutcome outcome =
        gatekeeper.rollOut(Play.deployment("crash", "v2-crash").build(), LONG);
    Crashed crashed = assertInstanceOf(Crashed.class, outcome);
    assertAll(
        () -> assertTrue(crashed.rolledBack()),
        () -> assertTrue(crashed.why().contains("E27"), crashed.why()),
        () -> assertTrue(crashed.why().contains("huge pages"), crashed.why()));
    assertEquals(Optional.of("v1"), play.awaitReady("crash", 1).get(0).release());
  }

  @Test
  void goesBackWhenAnAgentNeverAnswers() throws Exception {
    play.allow("mute", "v1", "v2");
    gatekeeper.rollOut(Play.deployment("mute", "v1").build(), LONG);
    play.played.behave(
        PlayedCluster.podImage("v2-mute"),
        Behaviour.of(PlayedCluster.podImage("v2")).withoutAnswer());
    TimedOut late = assertInstanceOf(
        TimedOut.class, gatekeeper.rollOut(Play.deployment("mute", "v2-mute").build(), SHORT));
    assertTrue(late.rolledBack());
    assertTrue(late.waitingFor().get(0).contains("no evidence from pod"), late.toString());
    assertEquals(Optional.of("v1"), play.awaitReady("mute", 1).get(0).release());
  }

  @Test
  void startsNothingThatNothingIsKnownOf() {
    IOException e = assertThrows(
        IOException.class,
        () -> gatekeeper.rollOut(Play.deployment("stranger", "v1").build(), LONG));
    assertTrue(e.getMessage().contains("stranger"), e.getMessage());
    assertEquals(List.of(), play.pods("stranger"));
  }

  @Test
  void completesAtOnceWhenNothingChanges() throws Exception {
    play.allow("same", "v1");
    EnclaveDeployment deployment = Play.deployment("same", "v1").replicas(2).build();
    gatekeeper.rollOut(deployment, LONG);
    List<String> before = names("same");
    assertInstanceOf(Completed.class, gatekeeper.rollOut(deployment, LONG));
    assertEquals(before, names("same"));
  }

  @Test
  void putsNoOlderReleaseBackWhereItChangedNothing() throws Exception {
    play.allow("kept", "v1", "v2");
    gatekeeper.rollOut(Play.deployment("kept", "v1").build(), LONG);
    EnclaveDeployment present = Play.deployment("kept", "v2").build();
    assertInstanceOf(Completed.class, gatekeeper.rollOut(present, LONG));
    play.allow("kept", "v1");
    // Its enclave is another now, and refused.
    play.played.restart(play.pods("kept").get(0).uid());
    Refused refused = assertInstanceOf(Refused.class, rollOutUntilRefused(present));
    assertFalse(refused.rolledBack());
    assertEquals(
        PlayedCluster.podImage("v2"), play.cluster.find("kept").orElseThrow().podImage());
  }

  /** As long as the restart has not been seen, there is nothing to do. */
  private static RolloutOutcome rollOutUntilRefused(EnclaveDeployment deployment)
      throws IOException, InterruptedException {
    RolloutOutcome outcome = gatekeeper.rollOut(deployment, LONG);
    for (int i = 0; i < 1000 && outcome instanceof Completed; i++) {
      Thread.sleep(20); // the cluster is to restart a container
      outcome = gatekeeper.rollOut(deployment, LONG);
    }
    return outcome;
  }

  @Test
  void looksAgainWhenTheDeploymentChangesWhileItGoesBack() throws Exception {
    play.allow("again", "v1");
    gatekeeper.rollOut(Play.deployment("again", "v1").build(), LONG);
    // Server-side apply says who applies; what puts the template back does not.
    play.played
        .server()
        .failNext(1, "PATCH .*/deployments/treza-again(?!.*fieldManager=treza)", 409, "conflict");
    Refused refused = assertInstanceOf(
        Refused.class, gatekeeper.rollOut(Play.deployment("again", "other").build(), LONG));
    assertTrue(refused.rolledBack());
    assertEquals(Optional.of("v1"), play.awaitReady("again", 1).get(0).release());
  }

  @Test
  void keepsThePortsBeforeUntilTheNewPodsAreThere() throws Exception {
    play.allow("ports", "v1");
    gatekeeper.rollOut(Play.deployment("ports", "v1").build(), LONG);
    assertInstanceOf(
        Refused.class,
        gatekeeper.rollOut(
            EnclaveDeployment.builder("ports", PlayedCluster.podImage("other"), 2, 512)
                .build(),
            LONG));
    assertEquals(
        8443,
        play.played
            .administrator()
            .services()
            .inNamespace(PlayedCluster.NAMESPACE)
            .withName("treza-ports")
            .get()
            .getSpec()
            .getPorts()
            .get(0)
            .getPort());
  }

  @Test
  void saysThatSomebodyElseRolledOutMeanwhile() throws Exception {
    play.allow("two", "v1", "v2");
    play.played.behave(PlayedCluster.podImage("slow"), Behaviour.of("slow").withoutAnswer());
    Thread other = new Thread(() -> {
      try {
        PlayedCluster.await("a pod", () -> !play.pods("two").isEmpty());
        play.cluster.apply(Play.deployment("two", "v2").build());
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    other.start();
    IOException e = assertThrows(
        IOException.class,
        () -> gatekeeper.rollOut(Play.deployment("two", "slow").build(), LONG));
    other.join();
    assertTrue(e.getMessage().contains("another template"), e.getMessage());
  }

  private static List<String> names(String deployment) {
    return play.pods(deployment).stream()
        .map(EnclavePod::name)
        .sorted()
        .collect(Collectors.toList());
  }
}
