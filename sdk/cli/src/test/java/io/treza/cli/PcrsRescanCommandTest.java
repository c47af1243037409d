package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases whose images new reports fail are taken out of service, and no others. */
class PcrsRescanCommandTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private final Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);

  @TempDir
  Path dir;

  private Path values;

  @BeforeEach
  void publish() throws IOException {
    values = dir.resolve("values.json");
    Path audit = Files.writeString(dir.resolve("audit.json"), """
        {"subject": {"type": "image", "manifestDigest": "%s"}, "policy": "default",
         "scans": [{"scanner": "Trivy 0.50.0", "time": "2026-01-01T00:00:00Z"}],
         "checks": [{"id": "H02", "result": "PASS"}, {"id": "H07", "result": "FAIL"}]}
        """.formatted(DIGEST));
    new TestPublisher(values, "registry.example/app@" + DIGEST)
        .publish("v1", '1', "--audit", audit.toString());
  }

  private Path report(String name, String digest, Instant time, String severity)
      throws IOException {
    String found = severity.isEmpty() ? "" : """
        , "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-1", "PkgName": "musl",
          "InstalledVersion": "1.2.5-r0",
          "PkgIdentifier": {"PURL": "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=3.22.1"},
          "Severity": "%s", "Status": "affected"}]""".formatted(severity);
    return Files.writeString(dir.resolve(name), """
        {"SchemaVersion": 2, "Trivy": {"Version": "0.60.0"}, "CreatedAt": "%s",
         "ArtifactName": "app:1", "ArtifactType": "container_image",
         "Metadata": {"OS": {"Family": "alpine", "Name": "3.22.1"},
           "RepoDigests": ["registry.example/app@%s"]},
         "Results": [{"Target": "app:1 (alpine 3.22.1)", "Class": "os-pkgs", "Type": "alpine"%s}]}
        """.formatted(time, digest, found));
  }

  private CommandLineRun rescan(int status, String... more) {
    CommandLineRun run = CommandLineRun.of(TestPublisher.words("pcrs", "rescan", values, more));
    assertEquals(status, run.status(), run.err() + run.out());
    return run;
  }

  private ReferenceValues read() throws IOException, ReferenceValuesException {
    return ReferenceValues.parseUnsigned(Files.readAllBytes(values), "x");
  }

  private Release release() throws IOException, ReferenceValuesException {
    return read().releases().get(0);
  }

  @Test
  void whatFailsIsDeprecated() throws IOException, ReferenceValuesException {
    CommandLineRun run = rescan(1, "--scan-report=" + report("r", DIGEST, now, "CRITICAL"));
    assertTrue(run.out().startsWith("FAILS  v1  "), run.out());
    assertTrue(run.out().contains("CVE-2026-1"), run.out());
    assertEquals(ReleaseStatus.DEPRECATED, release().status());
    assertEquals(2, read().sequence());
  }

  @Test
  void whatFailsIsRevokedIfAskedFor() throws IOException, ReferenceValuesException {
    rescan(1, "--scan-report=" + report("r", DIGEST, now, "HIGH"), "--revoke");
    assertEquals(ReleaseStatus.REVOKED, release().status());
  }

  @Test
  void whatPassesGetsTheNewScan() throws IOException, ReferenceValuesException {
    rescan(0, "--scan-report=" + report("r", DIGEST, now, "LOW"));
    AuditVerdict audit = release().audit().orElseThrow();
    assertEquals(ReleaseStatus.ACTIVE, release().status());
    assertEquals(new AuditVerdict.Scan("Trivy", "0.60.0", now), audit.scan().orElseThrow());
    assertEquals(AuditVerdict.Result.PASS, audit.checks().get("H07"));
    assertEquals(AuditVerdict.Result.PASS, audit.checks().get("H02"));
    assertEquals(2, read().sequence());
  }

  @Test
  void reportsOfOtherImagesAndOldOnesChangeNothing() throws IOException {
    byte[] before = Files.readAllBytes(values);
    String other = "sha256:" + "cd".repeat(32);
    CommandLineRun run = rescan(0, "--scan-report=" + report("r", other, now, "CRITICAL"));
    assertTrue(run.out().startsWith("UNDECIDED  v1  "), run.out());
    assertTrue(run.out().contains("about another image"), run.out());
    rescan(0, "--scan-report=" + report("r", DIGEST, now.minus(30, ChronoUnit.DAYS), ""));
    assertArrayEquals(before, Files.readAllBytes(values));
  }

  @Test
  void oneReportThatFailsIsEnough() throws IOException, ReferenceValuesException {
    rescan(
        1,
        "--scan-report=" + report("a", DIGEST, now, ""),
        "--scan-report=" + report("b", DIGEST, now.minusSeconds(60), "HIGH"));
    assertEquals(ReleaseStatus.DEPRECATED, release().status());
  }

  @Test
  void nothingIsMadeActiveAgain() throws IOException, ReferenceValuesException {
    CommandLineRun.of("pcrs", "deprecate", values.toString(), "--release", "v1");
    byte[] before = Files.readAllBytes(values);
    rescan(0, "--scan-report=" + report("r", DIGEST, now, ""));
    assertEquals(ReleaseStatus.DEPRECATED, release().status());
    assertArrayEquals(before, Files.readAllBytes(values));
  }

  @Test
  void thePolicySaysWhatFails() throws IOException, ReferenceValuesException {
    Path policy = Files.writeString(dir.resolve("policy.yaml"), "scan:\n  severity: CRITICAL\n");
    rescan(0, "--scan-report=" + report("r", DIGEST, now, "HIGH"), "--policy=" + policy);
    assertEquals(ReleaseStatus.ACTIVE, release().status());
  }
}
