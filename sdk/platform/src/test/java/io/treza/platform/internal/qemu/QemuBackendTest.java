package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerificationResult;
import io.treza.attestation.VerifiedAttestation;
import io.treza.eif.Architecture;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSigner;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.eif.RamdiskLayout;
import io.treza.eif.Signers;
import io.treza.image.ContainerImage;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.RunningEnclave;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Pcrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Enclaves that boot, and what their emulated NSM says of them. */
@Timeout(300)
class QemuBackendTest {
  private static final byte[] NONCE = "a nonce".getBytes(StandardCharsets.UTF_8);
  private static final String ROLE = "arn:aws:iam::123456789012:role/path/webserver";

  @TempDir
  private Path directory;

  private static TestImage image(Emulation emulation, String settings) throws Exception {
    return new TestImage()
        .file("waits", 0755, emulation.program("waits"))
        .file("etc/settings", 0644, settings)
        .user("1000:1000")
        .entrypoint("/waits");
  }

  /** What a build elsewhere publishes: the backend takes no part. */
  private static EifMeasurements published(
      Emulation emulation, String name, RamdiskLayout layout, Optional<EifSigner> signer)
      throws IOException {
    Path kernel = emulation.installation().kernel().orElseThrow();
    try (ContainerImage image = ContainerImage.open(emulation.images().resolve(name))) {
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(
              image,
              kernel.resolve("bzImage"),
              Files.readString(kernel.resolve("cmdline")).strip())
          .bootstrap(BootstrapFiles.modulesIn(kernel))
          .init(
              EnclaveInit.bundled(Architecture.X86_64).orElseThrow(),
              InitOptions.defaults().withHeartbeat(InitOptions.Heartbeat.TOLERATED))
          .layout(layout);
      signer.ifPresent(builder::signer);
      return builder.measure().measurements();
    }
  }

  private static Measurements pins(EifMeasurements published) {
    return Measurements.of(published.pcr0(), published.pcr1(), published.pcr2());
  }

  private static VerificationResult verify(
      TrustAnchor anchor, byte[] document, EifMeasurements published) {
    return AttestationVerifier.builder()
        .trustAnchors(anchor)
        .build()
        .verify(document, Expectation.measurements(pins(published)).nonce(NONCE).build());
  }

  private static VerifiedAttestation verified(VerificationResult result) {
    return assertInstanceOf(VerifiedAttestation.class, result, result::toString);
  }

  private static Reason refused(VerificationResult result) {
    return assertInstanceOf(Rejection.class, result, result::toString).reason();
  }

  private EifSigner signer() throws IOException {
    Path keys = directory.resolve("signing");
    DevelopmentRoot.loadOrCreate(keys, InstantSource.system());
    return EifSigner.of(
        Signers.pem(keys.resolve("root-key.pem")), keys.resolve("root-certificate.pem"));
  }

  @Test
  void theNsmMeasuresWhatTheBuildPublishedAndWhatTheLaunchImplies() throws Exception {
    Emulation emulation = Emulation.in(directory);
    EifSigner signer = signer();
    QemuBackend backend = emulation.backend().signer(signer).parentRole(ROLE).build();
    LaunchRequest request = emulation.request("signed", image(emulation, "strict"));
    EifMeasurements published =
        published(emulation, "signed", RamdiskLayout.REPRODUCIBLE, Optional.of(signer));
    RunningEnclave enclave = backend.launch(request, EnclaveListener.NONE);
    try {
      byte[] document = enclave.evidence(NONCE);
      VerifiedAttestation attested = verified(verify(backend.trustAnchor(), document, published));
      String instance = attested.moduleId().substring(0, attested.moduleId().indexOf("-enc"));
      assertTrue(attested.moduleId().startsWith("sim-i-"), attested.moduleId());
      assertTrue(attested.anchor().simulated());
      assertEquals(PcrValue.of(Pcrs.ofRole(ROLE)), attested.pcrs().get(3));
      assertEquals(PcrValue.of(Pcrs.ofInstance(instance)), attested.pcrs().get(4));
      assertEquals(
          PcrValue.ofHex(published.pcr8().orElseThrow()), attested.pcrs().get(8));
      enclave
          .pcrs()
          .forEach((index, value) -> assertEquals(value, attested.pcrs().get(index)));
      assertEquals(Optional.empty(), attested.publicKey());
      assertEquals(Optional.empty(), attested.userData());

      // Under AWS's root it is nobody's, and before it was signed it was nothing.
      assertEquals(
          Reason.UNTRUSTED_ROOT, refused(verify(TrustAnchor.awsCommercial(), document, published)));
      byte[] unsigned = ((QemuEnclave) enclave).unsigned(NONCE);
      assertEquals(
          Reason.PROTECTED_HEADER, refused(verify(backend.trustAnchor(), unsigned, published)));
    } finally {
      enclave.terminate();
    }
    assertThrows(IOException.class, () -> enclave.evidence(NONCE));
    try (var left = Files.list(directory.resolve("work"))) {
      assertFalse(left.anyMatch(file -> file.toString().endsWith(".eif")));
    }
  }

  @Test
  void bothLayoutsBootSideBySideAndAChangedByteIsRefused() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend ours = emulation.backend().build();
    QemuBackend nitroCli = emulation.backend().layout(RamdiskLayout.NITRO_CLI).build();
    LaunchRequest request = emulation.request("nitro", image(emulation, "strict"));
    LaunchRequest changedRequest = emulation.request("changed", image(emulation, "strics"));
    EifMeasurements published =
        published(emulation, "nitro", RamdiskLayout.NITRO_CLI, Optional.empty());
    EifMeasurements ofAnother =
        published(emulation, "nitro", RamdiskLayout.REPRODUCIBLE, Optional.empty());
    RunningEnclave enclave = nitroCli.launch(request, EnclaveListener.NONE);
    try {
      RunningEnclave changed = ours.launch(changedRequest, EnclaveListener.NONE);
      try {
        byte[] document = changed.evidence(NONCE);
        assertEquals(
            Reason.MEASUREMENT_MISMATCH, refused(verify(ours.trustAnchor(), document, ofAnother)));
        VerifiedAttestation attested = verified(verify(
            ours.trustAnchor(),
            document,
            published(emulation, "changed", RamdiskLayout.REPRODUCIBLE, Optional.empty())));
        assertNotEquals(PcrValue.ofHex(ofAnother.pcr0()), attested.pcrs().get(0));
        assertEquals(PcrValue.ofHex(ofAnother.pcr1()), attested.pcrs().get(1));
        assertNotEquals(PcrValue.ofHex(ofAnother.pcr2()), attested.pcrs().get(2));
      } finally {
        changed.terminate();
      }
      verified(verify(nitroCli.trustAnchor(), enclave.evidence(NONCE), published));
    } finally {
      enclave.terminate();
    }
  }

  @Test
  void aPausedEnclaveGivesNoEvidenceAndGoesOnAsItWas() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = emulation.backend().build();
    Emulation.Heard heard = new Emulation.Heard();
    RunningEnclave enclave =
        backend.launch(emulation.request("paused", image(emulation, "strict")), heard);
    try {
      EifMeasurements published =
          published(emulation, "paused", RamdiskLayout.REPRODUCIBLE, Optional.empty());
      String module = verified(verify(backend.trustAnchor(), enclave.evidence(NONCE), published))
          .moduleId();
      enclave.pause();
      assertEquals(
          "the enclave is paused",
          assertThrows(IOException.class, () -> enclave.evidence(NONCE)).getMessage());
      enclave.resume();
      assertEquals(
          module,
          verified(verify(backend.trustAnchor(), enclave.evidence(NONCE), published))
              .moduleId());
      assertThrows(IOException.class, enclave::resume);
      assertEquals(
          List.of("BOOT treza-init: application started", "APPLICATION waits: here"),
          heard.lines().stream()
              .filter(line -> line.matches(".*(treza-init|waits).*"))
              .toList());
    } finally {
      enclave.terminate();
      enclave.terminate();
    }
    assertFalse(heard.hasEnded(), "terminating is no crash");
  }

  @Test
  void whatAsksForMoreThanTheServerGivesIsRefused() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = emulation.backend().limits(2, 1024).build();
    assertEquals(
        "3 vCPUs asked for; this server gives 1 to 2",
        refusal(backend, new LaunchRequest("enc_1", "oci:x", "eu-west-1", 3, 512, false)));
    assertEquals(
        "1025 MiB asked for; this server gives 128 to 1024",
        refusal(backend, new LaunchRequest("enc_1", "oci:x", "eu-west-1", 2, 1025, false)));
    assertTrue(refusal(backend, new LaunchRequest("enc_1", "oci:x", "eu-west-1", 2, 1024, true))
        .contains("no debug mode"));
  }

  private static String refusal(QemuBackend backend, LaunchRequest request) {
    return String.valueOf(
        assertThrows(IOException.class, () -> backend.launch(request, EnclaveListener.NONE))
            .getMessage());
  }
}
