package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.aws.eks.played.Behaviour;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.TrezaPlatform;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The platform served from a cluster: a client's request is built, pushed, pulled by a node and
 * attested, and nothing of that is played but the API server, the node and its enclave.
 */
@Timeout(300)
class EksServeTest {
  private static final String WALLET = "0x1111111111111111111111111111111111111111";
  private static final Wait LONG = Wait.atMost(Duration.ofMinutes(1));

  @TempDir
  private Path directory;

  @AutoClose
  private Works works;

  @BeforeEach
  void open() throws IOException {
    works = new Works(directory);
  }

  private static LaunchRequest request(String id) {
    return new LaunchRequest(id, Works.IMAGE, "us-east-1", 2, 512, false);
  }

  private static CreateEnclaveRequest create() {
    return CreateEnclaveRequest.builder(Works.IMAGE)
        .name("service")
        .description("api")
        .region("us-east-1")
        .build();
  }

  private TrezaClient client(TrezaPlatform platform, EksBackend backend) {
    return TrezaClient.builder()
        .baseUrl(platform.baseUrl())
        .walletAddress(WALLET)
        .apiKey(platform.newKey("test", WALLET))
        .pollInterval(Duration.ofMillis(20))
        .verifier(
            AttestationVerifier.builder().trustAnchors(backend.trustAnchor()).build())
        .build();
  }

  @Test
  void aClientCreatesVerifiesPausesResumesAndTerminatesWhatRunsInAPod() throws Exception {
    try (EksBackend backend = works.builder().build();
        TrezaPlatform platform = TrezaPlatform.builder(backend).start();
        TrezaClient client = client(platform, backend)) {
      String id = client.createEnclave(create()).id();
      client.waitUntilDeployed(id, LONG);
      // What lies in the registry, and neither the platform's word nor the cluster's.
      Measurements built = works.measured(works.repository());
      Expectation.NonceStage pinned = Expectation.measurements(built);
      VerifiedAttestation first = client.verifyAttestation(id, pinned);
      assertEquals(built.pcrs().get(0), first.pcrs().get(0));
      assertTrue(
          client.getEnclaveLogs(id).toString().contains("built from " + Works.IMAGE),
          client.getEnclaveLogs(id).toString());

      // From now on the tag names something else, and the pod is pinned.
      assertFalse(works.pushAnother().isEmpty());
      assertNotEquals(built, works.measured(works.repository()));
      client.pauseEnclave(id);
      client.waitUntilPaused(id, LONG);
      client.resumeEnclave(id);
      client.waitUntilResumed(id, LONG);
      assertNotEquals(first.moduleId(), client.verifyAttestation(id, pinned).moduleId());

      client.terminateEnclave(id);
      client.waitUntilDestroyed(id, LONG);
      assertEquals(List.of(), works.account.leftovers());
    }
  }

  @Test
  void aNodeThatRunsAnotherImageGivesAClientNoEnclave() throws Exception {
    String other = works.pushAnother();
    works.pulled = image -> other;
    try (EksBackend backend = works.builder().build();
        TrezaPlatform platform = TrezaPlatform.builder(backend).start();
        TrezaClient client = client(platform, backend)) {
      String id = client.createEnclave(create()).id();
      TrezaException failed =
          assertThrows(TrezaException.class, () -> client.waitUntilDeployed(id, LONG));
      assertTrue(
          failed.getMessage().contains("not the one that was built: MEASUREMENT_MISMATCH"),
          failed.getMessage());
      assertEquals(List.of(), works.account.leftovers());
    }
  }

  @Test
  void aNodeThatFollowsTheTagIsRefusedWhenAnEnclaveIsResumed() throws Exception {
    try (EksBackend backend = works.builder().build()) {
      RunningEnclave enclave = backend.launch(request("enc_1"), works.account.listener());
      enclave.pause();
      works.pushAnother();
      works.pulled = image -> works.repository();
      String message = assertThrows(IOException.class, enclave::resume).getMessage();
      assertTrue(message.contains("not the one that was built"), message);
      assertEquals(
          "the enclave is paused",
          assertThrows(IOException.class, () -> enclave.evidence(new byte[16])).getMessage());
      works.pulled = image -> image;
      enclave.resume();
      enclave.terminate();
      assertEquals(List.of(), works.account.leftovers());
    }
  }

  @Test
  void aRegistryThatTakesNothingIsNamedWithWhatToDo() throws Exception {
    try (LocalRegistry locked = LocalRegistry.locked(directory.resolve("locked"));
        EksBackend backend =
            works.builder().repository(locked.name() + "/enclaves").build()) {
      String message = refused(backend, request("enc_1"));
      assertTrue(message.contains(locked.name()), message);
      assertTrue(message.contains("docker login"), message);
    }
  }

  private String refused(EksBackend backend, LaunchRequest request) throws IOException {
    IOException failed =
        assertThrows(IOException.class, () -> backend.launch(request, works.account.listener()));
    assertEquals(List.of(), works.account.leftovers(), failed.getMessage());
    return failed.getMessage();
  }

  @Test
  void leavesNothingWhicheverStepFails() throws Exception {
    List<String> points = new ArrayList<>(refusedCalls());
    String podImage;
    try (EksBackend backend = works.builder().build()) {
      RunningEnclave enclave = backend.launch(request("enc_1"), works.account.listener());
      podImage =
          works.account.played.administrator().pods().inAnyNamespace().list().getItems().stream()
              .map(pod -> pod.getSpec().getContainers().get(0).getImage())
              .findFirst()
              .orElseThrow();
      enclave.terminate();

      Files.writeString(directory.resolve("images/broken.tar"), "no archive");
      points.add(refused(
          backend,
          new LaunchRequest("enc_1", "docker-archive:broken.tar", "us-east-1", 2, 512, false)));
      points.add(refused(
          backend,
          new LaunchRequest(
              "enc_1", Works.IMAGE, "us-east-1", 2, 512, false, List.of(8443), List.of())));
      works.account.played.behave(podImage, Behaviour.crashing("nitro-cli: E27"));
      points.add(refused(backend, request("enc_1")));
      works.account.played.behave(podImage, Behaviour.of(podImage).inDebugMode());
      points.add(refused(backend, request("enc_1")));
      works.account.played.behave(podImage, Behaviour.of(works.pushAnother()));
      points.add(refused(backend, request("enc_1")));
      works.account.played.behave(podImage, Behaviour.of(podImage));
    }
    for (EksBackend.Builder unfit : List.of(
        works.builder().baseImage("oci:absent"),
        works.builder().nitroCli(directory.resolve("blobs/cmdline")),
        works.builder().repository("127.0.0.1:1/enclaves"),
        works.builder().trustAnchor(TrustAnchor.awsCommercial()))) {
      try (EksBackend backend = unfit.build()) {
        points.add(refused(backend, request("enc_1")));
      }
    }
    assertEquals(points.size(), points.stream().distinct().count(), points.toString());
    assertTrue(points.size() >= 13, points.toString());
    try (EksBackend backend = works.builder().build()) {
      backend.launch(request("enc_1"), works.account.listener()).terminate();
    }
    assertEquals(List.of(), works.account.leftovers());
  }

  /** Refuses in turn each call that decides over a launch, and says which there are. */
  private List<String> refusedCalls() throws Exception {
    Calls made = Calls.all();
    try (EksBackend backend = works.builder(client(made)).build()) {
      backend.launch(request("enc_1"), works.account.listener()).terminate();
    }
    List<String> kinds = made.made().stream()
        .distinct()
        // Without a log, an enclave is launched all the same.
        .filter(call -> !call.endsWith("/log"))
        .toList();
    List<String> points = new ArrayList<>();
    for (String kind : kinds) {
      Calls calls = Calls.refuseFirst(kind);
      try (EksBackend backend = works.builder(client(calls)).build()) {
        RunningEnclave unused = backend.launch(request("enc_1"), works.account.listener());
      } catch (IOException e) {
        assertTrue(calls.failed(), e.getMessage());
        assertEquals(List.of(), works.account.leftovers(), calls.made().toString());
        points.add(kind);
      }
      try (EksBackend backend = works.builder().build()) {
        backend.launch(request("enc_1"), works.account.listener()).terminate();
      }
      assertEquals(List.of(), works.account.leftovers(), calls.made().toString());
    }
    return points;
  }

  private KubernetesClient client(Calls calls) {
    return calls.client(works.account.played.server().url());
  }
}
