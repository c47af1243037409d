package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.treza.attestation.AttestationDocument;
import io.treza.aws.eks.played.PlayedApiServer.Request;
import io.treza.aws.eks.played.PlayedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deployments come, change and go. */
@Timeout(180)
class EnclaveClusterTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static Play play;

  @BeforeAll
  static void start() {
    play = new Play();
  }

  @AfterAll
  static void end() throws Exception {
    play.close();
  }

  @Test
  void changesNothingWhenItIsAppliedTwice() throws Exception {
    EnclaveDeployment same = Play.deployment("twice", "v1").build();
    play.cluster.apply(same);
    long generation = object("twice").getMetadata().getGeneration();
    play.cluster.apply(same);
    assertEquals(generation, object("twice").getMetadata().getGeneration());
  }

  @Test
  void asksWithServerSideApplyAsItsOwnFieldManager() throws Exception {
    int before = play.played.server().requests().size();
    play.cluster.apply(Play.deployment("manager", "v1").build());
    assertEquals(
        List.of(
            "GET /apis/apps/v1/namespaces/enclaves/deployments/treza-manager",
            "PATCH /apis/apps/v1/namespaces/enclaves/deployments/treza-manager"
                + "?fieldManager=treza&force=true",
            "PATCH /api/v1/namespaces/enclaves/services/treza-manager"
                + "?fieldManager=treza&force=true"),
        play.played.server().requests().stream()
            .skip(before)
            .map(Request::toString)
            .toList());
  }

  @Test
  void evidenceIsOfThePodsEnclaveAndCarriesTheNonce() throws Exception {
    play.cluster.apply(Play.deployment("asked", "v1").build());
    EnclavePod pod = play.awaitRunning("asked", 1).get(0);
    byte[] nonce = "a nonce".getBytes(StandardCharsets.US_ASCII);
    AttestationDocument document =
        AttestationDocument.parse(play.cluster.evidence(pod, nonce, Duration.ofSeconds(10)));
    assertArrayEquals(nonce, document.nonce().orElseThrow());
    assertEquals(play.played.moduleId(pod.uid()), document.moduleId());
  }

  @Test
  void scalesUpAndDownToNothing() throws Exception {
    play.cluster.apply(Play.deployment("scaled", "v1").build());
    play.cluster.scale("scaled", 4);
    play.awaitRunning("scaled", 4);
    play.cluster.scale("scaled", 0);
    PlayedCluster.await("no pods", () -> play.pods("scaled").isEmpty());
    assertEquals(0, play.cluster.find("scaled").orElseThrow().desired());
    IOException e = assertThrows(IOException.class, () -> play.cluster.scale("nobody", 1));
    assertTrue(e.getMessage().contains("nobody"), e.getMessage());
  }

  @Test
  void removesAllThatBelongsToADeploymentAndNothingElse() throws Exception {
    play.cluster.apply(Play.deployment("gone", "v1").replicas(2).build());
    play.cluster.apply(Play.deployment("stays", "v1").build());
    play.awaitRunning("gone", 2);
    play.awaitRunning("stays", 1);
    play.cluster.remove("gone", LONG);
    assertTrue(play.cluster.find("gone").isEmpty());
    assertEquals(List.of(), play.pods("gone"));
    assertEquals(
        List.of(),
        play.played
            .administrator()
            .services()
            .inNamespace(PlayedCluster.NAMESPACE)
            .withLabel("treza.io/deployment", "gone")
            .list()
            .getItems());
    assertEquals(1, play.pods("stays").size());
    play.cluster.remove("gone", LONG);
  }

  @Test
  void removesTheServiceOfADeploymentThatSomebodyDeletedAlone() throws Exception {
    play.cluster.apply(Play.deployment("half", "v1").build());
    play.played
        .administrator()
        .apps()
        .deployments()
        .inNamespace(PlayedCluster.NAMESPACE)
        .withName("treza-half")
        .delete();
    PlayedCluster.await("no pods", () -> play.pods("half").isEmpty());
    play.cluster.remove("half", LONG);
    assertEquals(
        List.of(),
        play.played
            .administrator()
            .services()
            .inNamespace(PlayedCluster.NAMESPACE)
            .withLabel("treza.io/deployment", "half")
            .list()
            .getItems());
  }

  @Test
  void hasNoServiceAnyMoreWhenItExposesNothingAnyMore() throws Exception {
    play.cluster.apply(Play.deployment("ports", "v1").build());
    play.cluster.apply(
        EnclaveDeployment.builder("ports", PlayedCluster.podImage("v1"), 2, 512).build());
    assertEquals(
        List.of(),
        play.played
            .administrator()
            .services()
            .inNamespace(PlayedCluster.NAMESPACE)
            .withLabel("treza.io/deployment", "ports")
            .list()
            .getItems());
  }

  @Test
  void listsWhatIsOursAndWhose() throws Exception {
    play.cluster.apply(Play.deployment("listed", "v1").owner("me").build());
    DeploymentStatus found = play.cluster.list().stream()
        .filter(d -> d.name().equals("listed"))
        .findFirst()
        .orElseThrow();
    assertEquals(Optional.of("me"), found.owner());
    assertEquals(Optional.of("v1"), found.release());
    assertEquals(PlayedCluster.podImage("v1"), found.podImage());
  }

  @Test
  void touchesNoDeploymentOfAnotherNameOrOwner() throws Exception {
    play.cluster.apply(Play.deployment("mine_1", "v1").owner("me").build());
    IOException name = assertThrows(
        IOException.class,
        () -> play.cluster.apply(Play.deployment("mine-1", "v2").owner("me").build()));
    assertTrue(name.getMessage().contains("mine_1"), name.getMessage());
    IOException owner = assertThrows(
        IOException.class,
        () -> play.cluster.apply(Play.deployment("mine_1", "v2").owner("you").build()));
    assertTrue(owner.getMessage().contains("belongs to me"), owner.getMessage());
    assertTrue(play.cluster.find("mine-1").isEmpty());
    assertThrows(IOException.class, () -> play.cluster.scale("mine-1", 3));
    play.cluster.remove("mine-1", LONG);
    assertEquals(
        PlayedCluster.podImage("v1"), play.cluster.find("mine_1").orElseThrow().podImage());
  }

  @Test
  void saysWhichRightIsMissing() {
    String said =
        "deployments.apps is forbidden: User \"ci\" cannot patch resource \"deployments\"";
    play.played.server().failNext(1, "PATCH .*/deployments/treza-denied", 403, said);
    IOException e = assertThrows(
        IOException.class,
        () -> play.cluster.apply(Play.deployment("denied", "v1").build()));
    assertTrue(e.getMessage().contains(said), e.getMessage());
    assertTrue(e.getMessage().contains("grant that verb"), e.getMessage());
  }

  @Test
  void saysThatCredentialsAreNotKnown() {
    play.played.server().failNext(1, "GET .*/deployments", 401, "Unauthorized");
    IOException e = assertThrows(IOException.class, () -> play.cluster.list());
    assertTrue(e.getMessage().contains("does not know these credentials"), e.getMessage());
  }

  @Test
  void getsOverAServerThatFailsNowAndThen() throws Exception {
    play.played.server().failNext(2, "PATCH .*/deployments/treza-flaky", 503, "not now");
    play.cluster.apply(Play.deployment("flaky", "v1").build());
    assertTrue(play.cluster.find("flaky").isPresent());
  }

  @Test
  void isReachedAsAKubeconfigSays(@TempDir Path directory) throws Exception {
    Path file = play.played.kubeconfig(directory.resolve("config"));
    try (EnclaveCluster cluster = EnclaveCluster.kubeconfig(file).connect()) {
      assertEquals(PlayedCluster.NAMESPACE, cluster.namespace());
      cluster.apply(Play.deployment("byfile", "v1").build());
    }
    assertTrue(play.cluster.find("byfile").isPresent());
    IOException context = assertThrows(
        IOException.class,
        () -> EnclaveCluster.kubeconfig(file).context("other").connect());
    assertTrue(context.getMessage().contains("other"), context.getMessage());
    IOException missing = assertThrows(
        IOException.class,
        () -> EnclaveCluster.kubeconfig(directory.resolve("missing")).connect());
    assertTrue(missing.getMessage().contains("missing"), missing.getMessage());
    assertFalse(missing.getMessage().contains("null"), missing.getMessage());
  }

  private static Deployment object(String name) {
    return play.played
        .administrator()
        .apps()
        .deployments()
        .inNamespace(PlayedCluster.NAMESPACE)
        .withName("treza-" + name)
        .get();
  }
}
