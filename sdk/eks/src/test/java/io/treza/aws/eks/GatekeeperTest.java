package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.treza.aws.eks.played.Behaviour;
import io.treza.aws.eks.played.PlayedApiServer.Request;
import io.treza.aws.eks.played.PlayedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whose gate opens, whose does not, and whose shuts again. */
@Timeout(180)
class GatekeeperTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  private Play play;
  private Gatekeeper gatekeeper;

  @BeforeEach
  void start() {
    play = new Play();
  }

  @AfterEach
  void end() {
    if (gatekeeper != null) {
      gatekeeper.close();
    }
    play.close();
  }

  @Test
  void opensTheGatesOfManyPodsAtOnce() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").replicas(24).build());
    gatekeeper = play.gatekeeper().concurrency(8).start();
    List<EnclavePod> pods = play.awaitReady("web", 24);
    assertEquals(
        24,
        pods.stream()
            .map(pod -> gatekeeper.verdict(pod.uid()).orElseThrow())
            .map(verdict -> ((PodVerdict.Verified) verdict).moduleId())
            .distinct()
            .count());
  }

  @Test
  void opensNoGateWithoutAGatekeeperOrAnExpectation() throws Exception {
    play.cluster.apply(Play.deployment("web", "v1").build());
    PlayedCluster.await(
        "a running pod", () -> play.pods("web").stream().anyMatch(p -> p.run().isPresent()));
    assertFalse(play.pods("web").get(0).ready());
    gatekeeper = play.gatekeeper().start();
    awaitReason("web", "NotExpected");
    EnclavePod pod = play.pods("web").get(0);
    assertFalse(pod.ready());
    assertInstanceOf(PodVerdict.NotExpected.class, gatekeeper.verdict(pod.uid()).orElseThrow());
  }

  @Test
  void doesNotLookAtPodsWithoutOurLabels() throws Exception {
    play.allow("web", "v1");
    Pod foreign = play.played
        .administrator()
        .pods()
        .inNamespace(PlayedCluster.NAMESPACE)
        .resource(new PodBuilder()
            .withNewMetadata()
            .withName("foreign")
            .addToLabels("treza.io/deployment", "web")
            .endMetadata()
            .withNewSpec()
            .addNewReadinessGate("treza.io/attested")
            .addNewContainer()
            .withName("enclave")
            .withImage("foreign")
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase("Pending")
            .endStatus()
            .build())
        .create();
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().start();
    play.awaitReady("web", 1);
    assertTrue(gatekeeper.verdict(foreign.getMetadata().getUid()).isEmpty());
    assertEquals(
        List.of(),
        play.played.server().requests().stream()
            .filter(r -> r.path().contains("/pods/foreign"))
            .toList());
  }

  @Test
  void writesNothingButTheConditionOfItsPods() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    play.awaitRunning("web", 1);
    int before = play.played.server().requests().size();
    gatekeeper = play.gatekeeper().start();
    play.awaitReady("web", 1);
    Set<String> asked = play.played.server().requests().stream()
        .skip(before)
        .map(Request::toString)
        .filter(r -> !r.startsWith("GET "))
        .map(r -> r.replaceAll("/pods/[^/?]+", "/pods/*"))
        .collect(Collectors.toSet());
    assertEquals(Set.of("PATCH /api/v1/namespaces/enclaves/pods/*/status"), asked);
  }

  @Test
  void refusesAPodThatPassesOnAnotherPodsEvidence() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").replicas(2).build());
    List<EnclavePod> pods = play.awaitRunning("web", 2);
    play.played.relay(pods.get(0).uid(), pods.get(1).uid());
    gatekeeper = play.gatekeeper().start();
    awaitReason("web", "SharedEnclave");
    PlayedCluster.await("the listener to be told", () -> play.judged.contains("SharedEnclave"));
    PlayedCluster.await(
        "one ready pod",
        () -> play.pods("web").stream().filter(EnclavePod::ready).count() == 1);
  }

  @Test
  void shutsAGateAlthoughTheListenerFails() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper()
        .interval(SOON)
        .listener(new GatekeeperListener() {
          @Override
          public void judged(EnclavePod pod, PodVerdict verdict) {
            throw new IllegalStateException("the log is full");
          }
        })
        .start();
    play.awaitReady("web", 1);
    play.allow("web", "v2");
    awaitReason("web", "MEASUREMENT_MISMATCH");
  }

  @Test
  void opensForAnEnclaveOnItsPodsNodeOnlyIfThatIsDemanded() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").replicas(5).build());
    List<EnclavePod> pods = play.awaitRunning("web", 5).stream()
        .sorted(Comparator.comparing(p -> p.node().orElseThrow()))
        .toList();
    // Four fit on a node, so the last is on another; the first's enclave is busy with nobody else.
    EnclavePod other = pods.get(4);
    play.played.relay(other.uid(), pods.get(0).uid());
    play.played.silence(pods.get(0).uid(), true);
    gatekeeper = play.gatekeeper().requireOwnNode().start();
    PlayedCluster.await(
        "the pods that are where they should be",
        () -> play.pods("web").stream().filter(EnclavePod::ready).count() == 3);
    PlayedCluster.await(
        "a verdict on the other", () -> gatekeeper.verdict(other.uid()).isPresent());
    assertEquals(
        "INSTANCE_ID_MISMATCH", gatekeeper.verdict(other.uid()).orElseThrow().reason());
  }

  @Test
  void shutsAGateWhenALaterAttestationFails() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().interval(SOON).start();
    play.awaitReady("web", 1);
    // The release is withdrawn.
    play.allow("web", "v2");
    awaitReason("web", "MEASUREMENT_MISMATCH");
    PlayedCluster.await("no traffic", () -> !play.pods("web").get(0).ready());
    play.allow("web", "v1");
    play.awaitReady("web", 1);
  }

  @Test
  void shutsAGateWhenTheAgentAnswersNoMoreAndOpensItWhenItDoes() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().interval(SOON).start();
    EnclavePod pod = play.awaitReady("web", 1).get(0);
    play.played.silence(pod.uid(), true);
    awaitReason("web", "NotAnswering");
    play.played.silence(pod.uid(), false);
    play.awaitReady("web", 1);
  }

  @Test
  void attestsTheEnclaveOfARestartedContainerAnew() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().start();
    EnclavePod pod = play.awaitReady("web", 1).get(0);
    // What starts next is not what may run.
    play.played.behave(PlayedCluster.podImage("v1"), Behaviour.of("something else"));
    play.played.restart(pod.uid());
    awaitReason("web", "MEASUREMENT_MISMATCH");
    PlayedCluster.await("no traffic", () -> !play.pods("web").get(0).ready());
  }

  @Test
  void shutsAGateThatSomebodyElseOpened() throws Exception {
    play.allow("web", "v2");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().start();
    awaitReason("web", "MEASUREMENT_MISMATCH");
    EnclavePod pod = play.pods("web").get(0);
    play.played
        .administrator()
        .pods()
        .inNamespace(PlayedCluster.NAMESPACE)
        .withName(pod.name())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"status\":{\"conditions\":[{\"type\":\"treza.io/attested\",\"status\":\"True\","
                + "\"reason\":\"Believe\"}]}}");
    awaitReason("web", "MEASUREMENT_MISMATCH");
    PlayedCluster.await("a gate that is shut", () -> play.pods("web").get(0).gate() == Gate.SHUT);
  }

  @Test
  void namesTheRightThatItLacksAndGoesOnWhenItHasIt() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    String said = "pods \"x\" is forbidden: User \"gate\" cannot patch resource \"pods/status\"";
    play.played.server().failNext(1, "PATCH .*/pods/.*/status", 403, said);
    gatekeeper = play.gatekeeper().interval(SOON).start();
    play.awaitReady("web", 1);
    assertTrue(
        play.problems.stream().anyMatch(p -> p.contains(said) && p.contains("docs/eks.md")),
        play.problems.toString());
  }

  @Test
  void doesNotStartWithoutTheRightToListPods() throws Exception {
    play.played
        .server()
        .failNext(1, "GET .*/pods", 403, "User \"gate\" cannot list resource \"pods\"");
    IOException e =
        assertThrows(IOException.class, () -> play.gatekeeper().start().close());
    assertTrue(e.getMessage().contains("cannot list resource \"pods\""), e.getMessage());
  }

  @Test
  void triesAgainWhenThePodWasChangedMeanwhile() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    play.played.server().failNext(1, "PATCH .*/pods/.*/status", 409, "conflict");
    gatekeeper = play.gatekeeper().start();
    play.awaitReady("web", 1);
  }

  @Test
  void findsNewPodsAfterTheServerWasAway() throws Exception {
    play.allow("web", "v1");
    play.cluster.apply(Play.deployment("web", "v1").build());
    gatekeeper = play.gatekeeper().start();
    play.awaitReady("web", 1);
    // When the watch is asked for again, it is told first that its version is too old.
    play.played.server().failNext(1, "GET .*/pods.*watch=true", 410, "too old resource version");
    play.played.server().restart();
    play.cluster.scale("web", 2);
    play.awaitReady("web", 2);
  }

  private void awaitReason(String name, String reason) throws InterruptedException {
    PlayedCluster.await(
        "reason " + reason + " at a pod of " + name,
        () -> play.pods(name).stream().anyMatch(p -> play.conditionReason(p).equals(reason)));
  }
}
