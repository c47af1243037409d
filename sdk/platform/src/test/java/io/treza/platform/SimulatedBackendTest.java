package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.Reason;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.TrezaClient;
import io.treza.sdk.TrezaException;
import io.treza.sdk.Wait;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From an image file over HTTP to verified evidence, with the client as the peer. */
@Timeout(120)
class SimulatedBackendTest {
  private static final String CMDLINE = "reboot=k panic=30";
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir
  private Path directory;

  private Path images = Path.of("");
  private Path kernel = Path.of("");
  private SimulatedBackend backend;

  @AutoClose
  private TrezaPlatform platform;

  private String key = "";

  @BeforeEach
  void start() throws IOException {
    images = Requirement.shared("images");
    kernel = Files.writeString(directory.resolve("kernel"), "a placeholder, not a kernel");
    backend = SimulatedBackend.builder(kernel, CMDLINE, bootstrap())
        .imagesDirectory(images)
        .workDirectory(directory.resolve("work"))
        .build();
    platform = TrezaPlatform.builder(backend).start();
    key = platform.newKey("test", Wire.WALLET);
  }

  private static List<FileEntry> bootstrap() {
    return List.of(
        FileEntry.directory("dev", 0755),
        FileEntry.regular("init", 0755, Content.of(new byte[] {1})));
  }

  private TrezaClient client(TrustAnchor anchor) {
    return TrezaClient.builder()
        .baseUrl(platform.baseUrl())
        .walletAddress(Wire.WALLET)
        .apiKey(key)
        .pollInterval(Duration.ofMillis(20))
        .verifier(AttestationVerifier.builder().trustAnchors(anchor).build())
        .build();
  }

  private TrezaClient client() {
    return client(TrustAnchor.development("ours", backend.trustAnchor().certificate()));
  }

  private static CreateEnclaveRequest.Builder request(String image) {
    return CreateEnclaveRequest.builder(image)
        .name("hardened-service")
        .description("api")
        .region("eu-west-1");
  }

  private static CreateEnclaveRequest busybox() {
    return request("docker-archive:busybox-docker.tar").build();
  }

  /** What a build elsewhere finds: neither platform nor backend take part. */
  private Measurements pinned() throws IOException {
    try (ContainerImage image = ContainerImage.open(images.resolve("busybox-docker.tar"))) {
      EifMeasurements measured = EnclaveImageBuilder.of(image, kernel, CMDLINE)
          .bootstrap(bootstrap())
          .measure()
          .measurements();
      return Measurements.of(measured.pcr0(), measured.pcr1(), measured.pcr2());
    }
  }

  private static Reason reason(TrezaClient client, String id, Measurements release) {
    return assertThrows(
            AttestationRejectedException.class,
            () -> client.verifyAttestation(id, Expectation.measurements(release)))
        .reason();
  }

  @Test
  void whatWasBuiltElsewhereIsWhatRuns() throws Exception {
    try (TrezaClient client = client()) {
      Enclave enclave = client.createEnclave(busybox());
      VerifiedAttestation attested = client.waitUntilAttested(
          enclave.id(),
          Expectation.measurements(pinned()),
          more -> more.region("eu-west-1"),
          Wait.atMost(LONG));
      assertTrue(attested.moduleId().startsWith("sim-i-"), attested.moduleId());
      assertTrue(attested.anchor().simulated());
      assertEquals(
          attested.pcrs().get(0),
          PcrValue.ofHex(client.getAttestation(enclave.id()).pcrs().getOrDefault(0, "")));
    }
  }

  @Test
  void itIsRefusedUnderAwssRootUnderOtherPinsAndReplayed() throws Exception {
    try (TrezaClient client = client();
        TrezaClient strict = client(TrustAnchor.awsCommercial())) {
      String id = client.createEnclave(busybox()).id();
      client.waitUntilAttested(id, Expectation.measurements(pinned()), LONG);
      assertEquals(Reason.UNTRUSTED_ROOT, reason(strict, id, pinned()));
      String pcr = "11".repeat(48);
      assertEquals(Reason.MEASUREMENT_MISMATCH, reason(client, id, Measurements.of(pcr, pcr, pcr)));
      byte[] recorded = Base64.getDecoder()
          .decode(new Wire(platform)
              .get("/api/enclaves/" + id + "/attestation?nonce=00")
              .body()
              .at("/attestationDocument/document")
              .asText());
      try (TrezaClient replayed = TrezaClient.builder()
          .baseUrl(platform.baseUrl())
          .verifier(
              AttestationVerifier.builder().trustAnchors(backend.trustAnchor()).build())
          .apiKey(key)
          .evidenceSource((enclave, nonce) -> recorded)
          .build()) {
        assertEquals(Reason.NONCE_MISMATCH, reason(replayed, id, pinned()));
      }
    }
  }

  @Test
  void debugModeIsRefusedAtOnceAndThePlatformDoesNotCallItValid() throws Exception {
    try (TrezaClient client = client()) {
      String id = client
          .createEnclave(
              request("docker-archive:busybox-docker.tar").enableDebug().build())
          .id();
      Expectation.NonceStage pinned = Expectation.measurements(pinned());
      assertEquals(
          Reason.DEBUG_MODE,
          assertThrows(
                  AttestationRejectedException.class,
                  () -> client.waitUntilAttested(id, pinned, LONG))
              .reason());
      assertFalse(new Wire(platform)
          .send("POST", "/api/enclaves/" + id + "/attestation/verify", "{}")
          .body()
          .path("isValid")
          .asBoolean(true));
    }
  }

  @Test
  void aPausedEnclaveGivesNoEvidenceAndAResumedOneIsAnotherEnclave() throws Exception {
    try (TrezaClient client = client()) {
      String id = client.createEnclave(busybox()).id();
      Expectation.NonceStage pinned = Expectation.measurements(pinned());
      String first = client.waitUntilAttested(id, pinned, LONG).moduleId();
      client.pauseEnclave(id);
      new Wire(platform).await(id, "PAUSED");
      assertThrows(TrezaException.WrongState.class, () -> client.verifyAttestation(id, pinned));
      assertThrows(
          TrezaException.NotRunning.class, () -> client.waitUntilAttested(id, pinned, LONG));
      client.resumeEnclave(id);
      assertFalse(client.waitUntilAttested(id, pinned, LONG).moduleId().equals(first));
    }
  }

  @Test
  void theImageFileIsThereWhileItRunsAndGoneAfterwards() throws Exception {
    try (TrezaClient client = client()) {
      String id = client.createEnclave(busybox()).id();
      client.waitUntilAttested(id, Expectation.measurements(pinned()), LONG);
      Path eif = directory.resolve("work").resolve(id).resolve("enclave.eif");
      assertTrue(Files.size(eif) > 1_000_000);
      client.terminateEnclave(id);
      new Wire(platform).await(id, "DESTROYED");
      assertFalse(Files.exists(eif));
    }
  }

  @Test
  void theRootStaysWithTheWorkDirectoryAndIsItsOwnersOnly() throws IOException {
    SimulatedBackend again = SimulatedBackend.builder(kernel, CMDLINE, bootstrap())
        .workDirectory(directory.resolve("work"))
        .build();
    assertEquals(backend.trustAnchor().fingerprint(), again.trustAnchor().fingerprint());
    Path key = directory.resolve("work/development-root/root-key.pem");
    Requirement.require(
        Files.getFileStore(key).supportsFileAttributeView("posix"), "no POSIX permissions here");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker-archive:../README.md",
        "docker-archive:test.oci/../../README.md",
        "docker-archive:/etc/hostname",
        "docker-archive:absent.tar",
        "oci:busybox-docker.tar",
        "docker-archive:test.oci",
        "oci-archive:MANIFEST.tsv",
        "busybox:latest",
      })
  void whatIsNoImageInTheDirectoryFailsAndSaysSo(String image) throws Exception {
    try (TrezaClient client = client()) {
      String id = client.createEnclave(request(image).build()).id();
      TrezaException.NotRunning failed = assertThrows(
          TrezaException.NotRunning.class,
          () -> client.waitUntilAttested(id, Expectation.acceptAnyMeasurement(), LONG));
      assertTrue(failed.enclave().errorMessage().isPresent(), failed.toString());
    }
  }

  @Test
  void aLinkOutOfTheImagesDirectoryIsNotFollowed() throws Exception {
    Path linked = Files.createDirectories(directory.resolve("linked"));
    Files.createSymbolicLink(linked.resolve("out.tar"), images.resolve("busybox-docker.tar"));
    SimulatedBackend other = SimulatedBackend.builder(kernel, CMDLINE, bootstrap())
        .imagesDirectory(linked)
        .workDirectory(directory.resolve("work"))
        .build();
    String message = assertThrows(
            IOException.class,
            () -> other.launch(
                new LaunchRequest("enc_1", "docker-archive:out.tar", "us-east-1", 2, 1024, false),
                EnclaveListener.NONE))
        .toString();
    assertTrue(message.contains("no such image"), message);
  }
}
