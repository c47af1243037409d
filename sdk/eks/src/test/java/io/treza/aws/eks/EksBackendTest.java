package io.treza.aws.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.aws.eks.played.Behaviour;
import io.treza.aws.eks.played.PlayedCluster;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a request to a verified enclave in a pod and back to nothing, on a played cluster. */
@Timeout(300)
class EksBackendTest {
  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open() throws IOException {
    account = new Account(directory);
  }

  private EnclavePod onlyPod(String name) throws IOException {
    try (EnclaveCluster cluster =
        new EnclaveCluster(account.played.client(), PlayedCluster.NAMESPACE, Reach.POD_IP)) {
      List<EnclavePod> pods = cluster.pods(name);
      assertEquals(1, pods.size());
      return pods.get(0);
    }
  }

  @Test
  void launchesPausesResumesAndTerminatesAnEnclaveWhoseEvidenceVerifies() throws Exception {
    try (EksBackend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(Account.request("enc_1"), account.listener());
      String first = enclave.moduleId().orElseThrow();
      Measurements.Builder built = Measurements.builder();
      enclave.pcrs().forEach(built::pcr);
      assertEquals(
          first,
          AttestationVerifier.builder()
              .trustAnchors(backend.trustAnchor())
              .build()
              .verifyOrThrow(
                  enclave.evidence(NONCE),
                  Expectation.measurements(built.build()).nonce(NONCE).build())
              .moduleId());
      EnclavePod pod = onlyPod("enc_1");
      assertEquals(Gate.OPEN, pod.gate());
      assertEquals(
          pod.address().orElseThrow() + ":8443",
          enclave.endpoints().get(8443).getAddress().getHostAddress() + ":"
              + enclave.endpoints().get(8443).getPort());

      enclave.pause();
      enclave.pause();
      assertEquals(Set.of(), enclave.endpoints().keySet());
      assertEquals(
          "the enclave is paused",
          assertThrows(IOException.class, () -> enclave.evidence(NONCE)).getMessage());
      enclave.resume();
      enclave.resume();
      assertNotEquals(first, enclave.moduleId().orElseThrow());
      assertEquals(
          enclave.moduleId().orElseThrow(),
          AttestationDocument.parse(enclave.evidence(NONCE)).moduleId());
      assertEquals(1, account.builds.get());

      enclave.terminate();
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
      assertEquals(List.of(), account.ends);
    }
  }

  @Test
  void findsAnEnclaveOfAnEarlierProcessAgainRunningOrPaused() throws Exception {
    LaunchRequest request = Account.request("enc_1");
    String module;
    try (EksBackend backend = account.backend()) {
      module = backend.launch(request, account.listener()).moduleId().orElseThrow();
    }
    try (EksBackend backend = account.backend()) {
      RunningEnclave found = backend.reattach(request, account.listener()).orElseThrow();
      assertEquals(module, AttestationDocument.parse(found.evidence(NONCE)).moduleId());
      PlayedCluster.await("the verdict", () -> found.moduleId().isPresent());
      assertEquals(module, found.moduleId().orElseThrow());
      found.pause();
    }
    try (EksBackend backend = account.backend()) {
      RunningEnclave found = backend.reattach(request, account.listener()).orElseThrow();
      assertEquals(
          "the enclave is paused",
          assertThrows(IOException.class, () -> found.evidence(NONCE)).getMessage());
      found.resume();
      found.terminate();
      assertEquals(List.of(), account.leftovers());
      assertTrue(backend.reattach(request, account.listener()).isEmpty());
    }
  }

  @Test
  void takesMeasurementsFromItsOwnDirectoryAndNeverFromTheCluster() throws Exception {
    LaunchRequest request = Account.request("enc_1");
    try (EksBackend backend = account.backend()) {
      RunningEnclave unused = backend.launch(request, account.listener());
    }
    try (EksBackend other = account
        .builder(account.played.client())
        .workDirectory(directory.resolve("another"))
        .build()) {
      String message = assertThrows(
              IOException.class, () -> other.reattach(request, account.listener()))
          .getMessage();
      assertTrue(message.contains("data directory does not say"), message);
      other.remove(request);
      assertTrue(other.reattach(request, account.listener()).isEmpty());
    }
  }

  @Test
  void refusesAnEnclaveThatIsNotTheOneThatWasBuilt() throws Exception {
    account.played.behave(Account.IMAGE, Behaviour.of("another"));
    try (EksBackend backend = account.backend()) {
      String message = assertThrows(
              IOException.class, () -> backend.launch(Account.request("enc_1"), account.listener()))
          .getMessage();
      assertTrue(
          message.startsWith(
              "the enclave that runs is not the one that was built:" + " MEASUREMENT_MISMATCH"),
          message);
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void refusesDebugModeUnlessItWasAskedFor() throws Exception {
    account.played.behave(Account.IMAGE, Behaviour.of(Account.IMAGE).inDebugMode());
    try (EksBackend backend = account.backend()) {
      String message = assertThrows(
              IOException.class, () -> backend.launch(Account.request("enc_1"), account.listener()))
          .getMessage();
      assertTrue(message.contains("DEBUG_MODE"), message);
      LaunchRequest asked =
          new LaunchRequest("enc_2", "docker-archive:any.tar", "us-east-1", 2, 512, true);
      RunningEnclave enclave = backend.launch(asked, account.listener());
      assertTrue(enclave.pcrs().values().stream().allMatch(PcrValue::isZero));
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void saysWhyAPodEndsAgainAndAgain() throws Exception {
    account.played.behave(Account.IMAGE, Behaviour.crashing("nitro-cli: E27"));
    try (EksBackend backend = account.backend()) {
      String message = assertThrows(
              IOException.class, () -> backend.launch(Account.request("enc_1"), account.listener()))
          .getMessage();
      assertTrue(message.contains("ends again and again"), message);
      assertTrue(message.contains("E27"), message);
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void leavesAnotherOwnersDeploymentAlone() throws Exception {
    LaunchRequest request = Account.request("enc_1");
    try (EksBackend backend = account.backend();
        EksBackend other = account
            .builder(account.played.client())
            .deployment("other")
            .workDirectory(directory.resolve("other"))
            .build()) {
      RunningEnclave enclave = backend.launch(request, account.listener());
      for (String message : List.of(
          assertThrows(IOException.class, () -> other.launch(request, account.listener()))
              .getMessage(),
          assertThrows(IOException.class, () -> other.remove(request)).getMessage())) {
        assertTrue(message.contains("not of the owner other but of test"), message);
      }
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertEquals(Gate.OPEN, onlyPod("enc_1").gate());
    }
  }

  @Test
  void noticesThatSomebodyDeletedItsDeployment() throws Exception {
    try (EksBackend backend = account.backend()) {
      RunningEnclave enclave = backend.launch(Account.request("enc_1"), account.listener());
      try (EnclaveCluster cluster =
          new EnclaveCluster(account.played.client(), PlayedCluster.NAMESPACE, Reach.POD_IP)) {
        cluster.remove("enc_1", Duration.ofSeconds(30));
      }
      assertThrows(IOException.class, () -> enclave.evidence(NONCE));
      assertThrows(IOException.class, () -> enclave.evidence(NONCE));
      assertEquals(List.of("somebody deleted its Deployment"), account.ends);
    }
  }

  @Test
  void leavesNothingWhereAnyOneCallIsRefusedAndLaunchesTheNextTime() throws Exception {
    List<String> failed = new ArrayList<>();
    for (int call = 1; ; call++) {
      Calls calls = Calls.refuse(call);
      LaunchRequest request = Account.request("refused_" + call);
      boolean launched;
      try (EksBackend backend =
          account.builder(calls.client(account.played.server().url())).build()) {
        RunningEnclave unused = backend.launch(request, account.listener());
        launched = true;
      } catch (IOException e) {
        launched = false;
        assertEquals(List.of(), account.leftovers(), calls.made().toString());
      }
      if (!calls.failed()) {
        assertTrue(launched);
        break;
      }
      failed.add(calls.made().get(call - 1));
      try (EksBackend backend = account.backend()) {
        backend.launch(request, account.listener()).terminate();
      }
      assertEquals(List.of(), account.leftovers(), calls.made().toString());
    }
    assertTrue(failed.size() >= 6, failed.toString());
  }

  @Test
  void finishesALaunchThatEndedWithItsProcessAtAnyCall() throws Exception {
    List<String> crashed = new ArrayList<>();
    for (int call = 1; ; call++) {
      Calls calls = Calls.crashBefore(call);
      LaunchRequest request = Account.request("crashed_" + call);
      boolean launched = false;
      try (EksBackend backend =
          account.builder(calls.client(account.played.server().url())).build()) {
        RunningEnclave unused = backend.launch(request, account.listener());
        launched = true;
      } catch (Calls.Crash e) {
        crashed.add(calls.made().get(call - 1));
      }
      if (!calls.failed()) {
        assertTrue(launched);
        break;
      }
      try (EksBackend backend = account.backend()) {
        if (!launched) {
          assertFalse(backend.reattach(request, account.listener()).isPresent());
        }
        if (call % 2 == 0) {
          assertTrue(backend.launch(request, account.listener()).evidence(NONCE).length > 0);
        }
        backend.remove(request);
      }
      assertEquals(List.of(), account.leftovers(), calls.made().toString());
    }
    assertTrue(crashed.size() >= 6, crashed.toString());
  }
}
