package io.treza.cli;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.AuditResult;
import io.treza.attestation.AuditedAttestation;
import io.treza.attestation.Expectation;
import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.attestation.reference.VerifiedReferenceValues;
import io.treza.eif.EifFile;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveImage;
import io.treza.image.ContainerImage;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.TrezaPlatform;
import io.treza.publish.Publication;
import io.treza.sdk.CreateEnclaveRequest;
import io.treza.sdk.Enclave;
import io.treza.sdk.TrezaClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The main job, end to end: a hardened image becomes an enclave, what it measures to is published and
 * signed, the enclave gives evidence for a fresh nonce, and the evidence is verified against the
 * signed values; a changed image and a replay are refused; and, where one is at hand, a real AWS
 * document is judged.
 */
final class Demo {
  /** An emulated enclave takes seconds to boot, and much longer on a busy machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final String WALLET = "0x00000000000000000000000000000000000000de";

  private final BackendOptions options;
  private final Path images;
  private final Path work;
  private final Path realDocuments;
  private final DemoOutput output;
  private boolean asPromised = true;

  Demo(BackendOptions options, Path directory, Path realDocuments, DemoOutput output) {
    this.options = options;
    this.images = directory.resolve("images");
    this.work = directory.resolve("work");
    this.realDocuments = realDocuments;
    this.output = output;
  }

  /** Returns whether every outcome was the promised one. */
  boolean run() throws IOException, InterruptedException {
    makeImage();
    BackendOptions.Chosen chosen = options.choose(images, work);
    ReferenceValues pinned = published(measure(chosen));
    EnclaveBackend backend = chosen.backend();
    AttestationVerifier verifier =
        AttestationVerifier.builder().trustAnchors(backend.trustAnchor()).build();
    try (TrezaPlatform platform = TrezaPlatform.builder(backend).start();
        TrezaClient client = client(platform, verifier)) {
      show(
          "Platform started in this process, with " + chosen.nature().toLowerCase(Locale.ROOT)
              + " enclaves",
          "DONE",
          "address",
          platform.baseUrl().toString(),
          "trusts",
          backend.trustAnchor() + " root, made just now for this demo");
      byte[] document = launchAndVerify(client, pinned);
      launchChanged(client, pinned);
      replay(verifier, pinned, document);
    }
    judgeRealDocument();
    output.verdict(asPromised, chosen.nature());
    return asPromised;
  }

  private void makeImage() throws IOException {
    DemoImage.write(images.resolve("service"), "mode = strict\n");
    DemoImage.write(images.resolve("changed"), "mode = open\n");
    try (ContainerImage image = ContainerImage.open(images.resolve("service"))) {
      show(
          "Container image made, without Docker or a compiler",
          "DONE",
          "content",
          "/service (one static program), /etc/service.conf; no shell",
          "user",
          image.config().user() + " (not root)",
          "digest",
          image.manifestDigest().orElse(image.configDigest()));
    }
  }

  private Release measure(BackendOptions.Chosen chosen) throws IOException {
    Path eif = work.resolve("service.eif");
    try (ContainerImage image = ContainerImage.open(images.resolve("service"))) {
      EnclaveImage built = chosen.recipe().apply(image).build(eif);
      EifMeasurements pcrs = built.measurements();
      show(
          "Enclave image built and measured",
          "DONE",
          "kernel",
          chosen.kernel(),
          "size",
          Files.size(eif) + " bytes",
          "PCR0",
          pcrs.pcr0(),
          "PCR1",
          pcrs.pcr1(),
          "PCR2",
          pcrs.pcr2());
      Publication.Measured measured = Publication.measure(EifFile.open(eif), "service");
      return Release.builder(measured.measurements()).eif(measured.eif()).build();
    }
  }

  /** What CI does after a build, and a relying party when it gets the file. */
  private ReferenceValues published(Release release) throws IOException {
    DemoSigner ci = DemoSigner.create();
    Publication publication = new Publication(Instant.now(), Duration.ofHours(1));
    try {
      byte[] file = publication.first("demo", release).sign(ci);
      VerifiedReferenceValues verified = ReferenceValuesVerifier.builder(
              TrustedKeys.of(List.of(ci.publicKey())), "demo")
          .build()
          .verify(file);
      show(
          "Reference values published and signed; the signature verified: these are the pins",
          "VERIFIED",
          "values",
          verified.values().toString(),
          "signer",
          verified.signer(),
          "expires",
          verified.values().expiresAt().toString());
      return verified.values();
    } catch (SignatureException | ReferenceValuesException e) {
      throw new IOException("the demo's own reference values were refused: " + e.getMessage(), e);
    }
  }

  private byte[] launchAndVerify(TrezaClient client, ReferenceValues pinned)
      throws IOException, InterruptedException {
    Enclave enclave = client.createEnclave(request("oci:service"));
    try {
      VerifiedAttestation attestation =
          client.waitUntilAttested(enclave.id(), Expectation.releases(pinned), PATIENCE);
      expect(true);
      show(
          "Enclave created, its evidence for a fresh nonce verified here",
          "VERIFIED",
          "enclave",
          enclave.id(),
          "module",
          attestation.moduleId(),
          "root",
          attestation.anchor() + " (proves nothing about hardware)",
          "release",
          attestation.release().map(Release::name).orElse(""),
          "steps",
          attestation.steps().size() + " taken, all passed");
      return attestation.document().toByteArray();
    } catch (AttestationRejectedException e) {
      throw new IOException("the demo's own enclave was refused: " + e.getMessage(), e);
    }
  }

  private void launchChanged(TrezaClient client, ReferenceValues pinned)
      throws InterruptedException {
    Enclave enclave = client.createEnclave(request("oci:changed"));
    String title = "The same image with one line of /etc/service.conf changed, launched";
    try {
      client.waitUntilAttested(enclave.id(), Expectation.releases(pinned), PATIENCE);
      expect(false);
      show(title, "VERIFIED");
    } catch (AttestationRejectedException e) {
      refused(title, e.rejection(), Reason.MEASUREMENT_MISMATCH);
    }
  }

  private void replay(AttestationVerifier verifier, ReferenceValues pinned, byte[] document) {
    byte[] anotherNonce = new byte[32];
    new SecureRandom().nextBytes(anotherNonce);
    Expectation expectation = Expectation.releases(pinned).nonce(anotherNonce).build();
    String title = "The first enclave's document replayed to another nonce";
    if (verifier.verify(document, expectation) instanceof Rejection rejection) {
      refused(title, rejection, Reason.NONCE_MISMATCH);
    } else {
      expect(false);
      show(title, "VERIFIED");
    }
  }

  private void judgeRealDocument() throws IOException {
    Path file = realDocuments.resolve("dstack-03.cbor");
    String title = "A real AWS document, judged as of its signing";
    if (!Files.exists(file)) {
      show(title, "skipped: no real documents at hand (none are part of this project)");
      return;
    }
    AuditResult result = AttestationVerifier.create()
        .audit(
            Files.readAllBytes(file),
            Expectation.acceptAnyMeasurement().withoutNonce().build());
    expect(result instanceof AuditedAttestation);
    if (result instanceof AuditedAttestation audited) {
      show(
          title,
          "VERIFIED",
          "module",
          audited.moduleId(),
          "region",
          audited.region(),
          "root",
          audited.anchor().toString(),
          "signed",
          audited.signedAt().toString());
    } else {
      show(title, "REJECTED", "why", result.toString());
    }
  }

  private void refused(String title, Rejection rejection, Reason promised) {
    expect(rejection.reason() == promised);
    show(
        title,
        "REJECTED",
        "reason",
        rejection.reason() + ": " + rejection.reason().summary(),
        "expected",
        rejection.expected(),
        "found",
        rejection.found());
  }

  private void expect(boolean promised) {
    asPromised &= promised;
  }

  private void show(String title, String outcome, String... facts) {
    Map<String, String> ordered = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      ordered.put(facts[i], facts[i + 1]);
    }
    output.step(title, outcome, ordered);
  }

  private static CreateEnclaveRequest request(String image) {
    return CreateEnclaveRequest.builder(image)
        .name("demo")
        .description("the demo's enclave")
        .region("eu-west-1")
        .build();
  }

  private static TrezaClient client(TrezaPlatform platform, AttestationVerifier verifier) {
    return TrezaClient.builder()
        .baseUrl(platform.baseUrl())
        .walletAddress(WALLET)
        .verifier(verifier)
        .pollInterval(Duration.ofMillis(50))
        .build();
  }
}
