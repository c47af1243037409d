package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GitHub's artifact attestations: the right identity is accepted, and no other. */
class GitHubTest {
  private static final String RELEASE =
      "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main";

  private static SignerIdentity.Builder release() {
    return SignerIdentity.gitHubWorkflow("sigstore/sigstore-js", ".github/workflows/release.yml");
  }

  private static BundleResult verify(
      SignerIdentity identity, byte[] bundle, ArtifactDigest artifact) throws IOException {
    return SigstoreVerifier.builder(Bundles.gitHubsRoot())
        .identity(identity)
        .build()
        .verify(bundle, artifact);
  }

  private static ArtifactDigest digest(Path file, String algorithm, String name)
      throws IOException, GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance(name).digest(Files.readAllBytes(file));
    return new ArtifactDigest(algorithm, HexFormat.of().formatHex(digest));
  }

  private static ArtifactDigest archive() throws IOException, GeneralSecurityException {
    return digest(Bundles.gitHub().resolve("sigstore-js-2.1.0.tgz"), "sha512", "SHA-512");
  }

  private static byte[] bundle(String name) throws IOException {
    return Files.readAllBytes(Bundles.gitHub().resolve(name));
  }

  private static void refused(BundleReason reason, BundleResult result) {
    BundleRejection rejection = assertInstanceOf(BundleRejection.class, result);
    assertEquals(reason, rejection.reason(), rejection.detail());
  }

  @Test
  void theReleaseWorkflowOfTheRightRepositoryIsAccepted()
      throws IOException, GeneralSecurityException {
    SignerIdentity identity = release()
        .ref("refs/heads/main")
        .repositoryId("495574555")
        .hostedRunner()
        .build();
    BundleResult result = verify(identity, bundle("sigstore-js-2.1.0-bundle.json"), archive());
    VerifiedBundle verified = assertInstanceOf(VerifiedBundle.class, result, result.toString());
    BundleSigner.Certificate signer =
        assertInstanceOf(BundleSigner.Certificate.class, verified.signer());
    assertEquals(RELEASE, signer.subject());
    assertEquals("26d16513386ffaa790b1c32f927544f1322e4194", signer.commit().orElseThrow());
    assertEquals(1, verified.signedAt().size());
    assertEquals(
        "https://slsa.dev/provenance/v1",
        Bundles.JSON
            .readTree(verified.statement().orElseThrow())
            .path("predicateType")
            .asText());
  }

  @Test
  void everyBundleOfAListIsAccepted() throws IOException, GeneralSecurityException {
    List<String> lines =
        Files.readAllLines(Bundles.gitHub().resolve("sigstore-js-2.1.0_with_2_bundles.jsonl"));
    assertEquals(2, lines.size());
    for (String line : lines) {
      BundleResult result = verify(
          SignerIdentity.of(ConformanceTest.ISSUER, RELEASE),
          line.getBytes(java.nio.charset.StandardCharsets.UTF_8),
          archive());
      assertInstanceOf(VerifiedBundle.class, result, result.toString());
    }
  }

  @Test
  void bundleOfTheFirstVersionWithAProofIsAccepted() throws IOException, GeneralSecurityException {
    BundleResult result =
        verify(release().build(), bundle("sigstore-js-2.1.0-bundle-v0.1.json"), archive());
    assertInstanceOf(VerifiedBundle.class, result, result.toString());
  }

  @Test
  void anotherArtifactIsRefused() throws IOException {
    byte[] bundle = bundle("sigstore-js-2.1.0-bundle.json");
    refused(
        BundleReason.ARTIFACT,
        verify(release().build(), bundle, new ArtifactDigest("sha512", "00".repeat(64))));
    // It states SHA-512 only.
    refused(
        BundleReason.ARTIFACT,
        verify(release().build(), bundle, new ArtifactDigest("sha256", "00".repeat(32))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/mai",
        "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main2",
        "https://github.com/sigstore/sigstore-js/.github/workflows/Release.yml@refs/heads/main",
        "https://github.com/sigstore/sigstore-js/.github/workflows/releaseXyml@refs/heads/main",
        "https://github.com/sigstore/sigstore-js/.github/workflows/.*@refs/heads/main",
      })
  void subjectIsComparedWhole(String subject) throws IOException, GeneralSecurityException {
    refused(
        BundleReason.IDENTITY,
        verify(
            SignerIdentity.of(ConformanceTest.ISSUER, subject),
            bundle("sigstore-js-2.1.0-bundle.json"),
            archive()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "refs/heads/main",
        ".*/release.yml",
        "https://github.com/sigstore/.*/release.yml@refs/heads",
      })
  void patternMustMatchTheWholeSubject(String pattern)
      throws IOException, GeneralSecurityException {
    refused(
        BundleReason.IDENTITY,
        verify(
            SignerIdentity.issuer(ConformanceTest.ISSUER)
                .subjectMatching(pattern)
                .build(),
            bundle("sigstore-js-2.1.0-bundle.json"),
            archive()));
  }

  @Test
  void eachDemandOnTheSignerCounts() throws IOException, GeneralSecurityException {
    byte[] bundle = bundle("sigstore-js-2.1.0-bundle.json");
    for (SignerIdentity other : List.of(
        SignerIdentity.of("https://token.actions.githubusercontent.com/", RELEASE),
        SignerIdentity.gitHubWorkflow("sigstore/sigstore", ".github/workflows/release.yml")
            .build(),
        SignerIdentity.gitHubWorkflow("sigstore/sigstore-js", ".github/workflows/r.yml")
            .build(),
        release().repositoryId("1").build(),
        release().ref("refs/heads/other").build(),
        release().refMatching("refs/tags/.*").build(),
        release().refMatching("heads/main").build(),
        release().repository("https://github.com/sigstore/other").build())) {
      refused(BundleReason.IDENTITY, verify(other, bundle, archive()));
    }
  }

  @Test
  void issuerOfAnEnterpriseIsItsOwn() throws IOException, GeneralSecurityException {
    byte[] bundle = bundle("custom-issuer.sigstore.json");
    Path artifact = Bundles.gitHub().resolve("custom-issuer-artifact");
    String workflow =
        "https://github.com/too-legit/attest/.github/workflows/integration.yml@refs/heads/main";
    BundleResult right = verify(
        SignerIdentity.of("https://token.actions.githubusercontent.com/hammer-time", workflow),
        bundle,
        digest(artifact, "sha256", "SHA-256"));
    assertInstanceOf(VerifiedBundle.class, right, right.toString());
    refused(
        BundleReason.IDENTITY,
        verify(
            SignerIdentity.of(ConformanceTest.ISSUER, workflow),
            bundle,
            digest(artifact, "sha256", "SHA-256")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "github_provenance_demo-0.0.12-py3-none-any-bundle-missing-cert.jsonl",
        "github_provenance_demo-0.0.12-py3-none-any-bundle-missing-verification-material.jsonl",
        "sigstoreBundle-invalid-signature.json",
      })
  void incompleteBundleIsRefused(String name) throws IOException {
    BundleResult result =
        verify(release().build(), bundle(name), new ArtifactDigest("sha256", "00".repeat(32)));
    assertInstanceOf(BundleRejection.class, result);
  }

  @Test
  void rootOfAnotherInstanceIsRefused() throws IOException, GeneralSecurityException {
    Path staging = Bundles.conformance().resolve("rekor2-happy-path/trusted_root.json");
    refused(
        BundleReason.CERTIFICATE,
        SigstoreVerifier.builder(SigstoreTrustedRoot.parse(Files.readAllBytes(staging)))
            .identity(release().build())
            .build()
            .verify(bundle("sigstore-js-2.1.0-bundle.json"), archive()));
  }
}
