package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents judged by reference values: signed ones by whom, unsigned ones only when said so. */
class SignedPcrsTest {
  private static final String IMAGE = "registry.example/app@sha256:" + "ab".repeat(32);
  private static final HexFormat HEX = HexFormat.of();

  @TempDir
  Path dir;

  private TestPublisher publisher;
  private Path document;
  private Path root;

  @BeforeEach
  void makeDocument() throws IOException {
    publisher = new TestPublisher(dir.resolve("values.json"), IMAGE);
    DevelopmentRoot authority = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    SimulatedNsm nsm = SimulatedNsm.builder(CertificateChain.builder(authority).build())
        .measurements(pcr('1'), pcr('b'), pcr('c'))
        .build();
    document = Files.write(
        dir.resolve("document"), nsm.attest(Optional.empty(), Optional.empty(), Optional.empty()));
    root = Files.writeString(dir.resolve("root.pem"), authority.certificate().pem());
  }

  private static byte[] pcr(char digit) {
    return HEX.parseHex(String.valueOf(digit).repeat(96));
  }

  private CommandLineRun verify(String... more) {
    return CommandLineRun.of(TestPublisher.words(
        "attestation",
        "verify",
        document.toString(),
        "--root",
        root.toString(),
        "--no-nonce",
        more));
  }

  private CommandLineRun verifySigned(Path signed, String... more) {
    List<String> all = TestPublisher.words(
        "--pcrs",
        signed,
        "--trusted-key",
        publisher.publicKey(),
        "--application",
        "payments",
        more);
    return verify(all.toArray(String[]::new));
  }

  private static void assertUnusable(String part, CommandLineRun run) {
    assertEquals(2, run.status(), run.out());
    assertTrue(run.err().contains(part), run.err());
  }

  @Test
  void signedValuesAreMatched() throws IOException {
    CommandLineRun run = verifySigned(publisher.publish("v1", '1'));
    assertEquals(0, run.status(), run.out() + run.err());
    assertTrue(run.out().contains("v1"), run.out());
    CommandLineRun other =
        verifySigned(new TestPublisher(dir.resolve("o.json"), IMAGE).publish("v1", '2'));
    assertUnusable("SIGNATURE", other);
  }

  @Test
  void whoSignedMustBeSaid() throws IOException {
    Path signed = publisher.publish("v1", '1');
    assertUnusable("signed by whom", verify("--pcrs", signed.toString()));
    assertUnusable(
        "of which application",
        verify("--pcrs", signed.toString(), "--trusted-key", publisher.publicKey()));
    assertUnusable("ROLLBACK", verifySigned(signed, "--minimum-sequence", "2"));
  }

  @Test
  void unsignedValuesAreTakenOnlyWhenCalledSo() throws IOException {
    publisher.publish("v1", '1');
    String values = dir.resolve("values.json").toString();
    assertUnusable("--unsigned-pcrs", verify("--pcrs", values));
    assertEquals(0, verify("--unsigned-pcrs", values).status());
  }

  @Test
  void signedValuesAreNotTakenAsUnsigned() throws IOException {
    assertUnusable(
        "is signed", verify("--unsigned-pcrs", publisher.publish("v1", '1').toString()));
  }

  @Test
  void aRevokedReleaseIsRefused() throws IOException {
    publisher.publish("v1", '1');
    CommandLineRun.of("pcrs", "revoke", dir.resolve("values.json").toString(), "--release", "v1");
    CommandLineRun run = verify("--unsigned-pcrs", dir.resolve("values.json").toString());
    assertEquals(1, run.status(), run.err());
    assertTrue(run.out().contains("RELEASE_REVOKED"), run.out());
  }

  private Path audited(String result) throws IOException {
    Path audit = Files.writeString(dir.resolve("audit.json"), """
        {"subject": {"type": "image", "manifestDigest": "sha256:%s"},
         "policy": "default",
         "scans": [{"scanner": "Trivy 0.60.0", "time": "%s"}],
         "checks": [{"id": "H02", "result": "PASS"}, {"id": "H04", "result": "%s"}]}
        """.formatted(
            "ab".repeat(32), InstantSource.system().instant().minus(20, ChronoUnit.DAYS), result));
    return publisher.publish("v1", '1', "--audit", audit.toString());
  }

  @Test
  void theAuditMustSayWhatIsRequired() throws IOException {
    Path passed = audited("PASS");
    assertEquals(
        0,
        verifySigned(passed, "--require-audit", "H02,H04", "--max-scan-age", "30d")
            .status());
    CommandLineRun old =
        verifySigned(passed, "--require-audit", "H02,H04", "--max-scan-age", "10d");
    assertEquals(1, old.status(), old.err());
    assertTrue(old.out().contains("SCAN_AGE"), old.out());
    CommandLineRun missing =
        verifySigned(passed, "--require-audit", "H02,H05", "--max-scan-age", "30d");
    assertEquals(1, missing.status(), missing.err());
    assertTrue(missing.out().contains("RELEASE_AUDIT"), missing.out());
  }

  @Test
  void halfAnAuditRuleIsAMistake() throws IOException {
    Path signed = publisher.publish("v1", '1');
    assertUnusable("--max-scan-age", verifySigned(signed, "--require-audit", "H02"));
    assertUnusable(
        "expected at least one id of a check", verifySigned(signed, "--max-scan-age", "30d"));
    assertUnusable(
        "bare measurements have no audit",
        verify("--any-measurement", "--require-audit", "H02", "--max-scan-age", "30d"));
  }

  @Test
  void aBundleNeedsItsSignerAndIsVerified() throws IOException {
    Path shared = Requirement.shared("sigstore/github");
    String bundle = shared.resolve("sigstore-js-2.1.0-bundle.json").toString();
    String trusted = shared.resolve("trusted_root.json").toString();
    assertUnusable("signed by whom", verify("--pcrs", bundle, "--application", "payments"));
    // It is genuine, and states nothing about enclaves: verified before that is seen.
    assertUnusable(
        "STATEMENT",
        verify(
            "--pcrs",
            bundle,
            "--application",
            "payments",
            "--sigstore-root",
            trusted,
            "--sigstore-repository",
            "sigstore/sigstore-js",
            "--sigstore-workflow",
            ".github/workflows/release.yml"));
    assertUnusable(
        "SIGNATURE",
        verify(
            "--pcrs",
            bundle,
            "--application",
            "payments",
            "--sigstore-root",
            trusted,
            "--sigstore-repository",
            "sigstore/other",
            "--sigstore-workflow",
            ".github/workflows/release.yml"));
    assertUnusable(
        "a signer is",
        verify(
            "--pcrs",
            bundle,
            "--application",
            "payments",
            "--sigstore-root",
            trusted,
            "--sigstore-repository",
            "sigstore/sigstore-js"));
    assertUnusable(
        "--sigstore-root",
        verify("--pcrs", bundle, "--application", "payments", "--sigstore-ref", "refs/heads/main"));
  }
}
