package io.treza.audit.internal.scan;

import static io.treza.audit.internal.scan.TestReport.IMAGE_ID;
import static io.treza.audit.internal.scan.TestReport.LAYER;
import static io.treza.audit.internal.scan.TestReport.MANIFEST;
import static io.treza.audit.internal.scan.TestReport.alone;
import static io.treza.audit.internal.scan.TestReport.gate;
import static io.treza.audit.internal.scan.TestReport.grype;
import static io.treza.audit.internal.scan.TestReport.match;
import static io.treza.audit.internal.scan.TestReport.text;
import static io.treza.audit.internal.scan.TestReport.trivy;
import static io.treza.audit.internal.scan.TestReport.trivyWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gate passes only a report that can have found something and found nothing bad. */
class ScanGateTest {
  private static final String OTHER = "sha256:" + "d".repeat(64);
  private static final AuditedImage IMAGE =
      new AuditedImage(IMAGE_ID, Optional.of(MANIFEST), List.of(LAYER));

  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvSource({"CRITICAL, FAIL", "HIGH, FAIL", "MEDIUM, PASS", "LOW, PASS", "UNKNOWN, PASS"})
  void highAndCriticalFail(String severity, Result expected) throws IOException {
    assertEquals(expected, gate(alone(directory, trivyWith("CVE-2026-1", severity))));
    assertEquals(expected, gate(alone(directory, grype(match("CVE-2026-1", severity), ""))));
  }

  @Test
  void theThresholdIsThePolicys() throws IOException {
    ScanGate medium =
        new ScanGate(Optional.empty(), Severity.MEDIUM, Optional.empty(), TestReport.NOW);
    assertEquals(
        Result.FAIL,
        gate(TestReport.judge(
            medium, directory, trivyWith("CVE-2026-1", "MEDIUM"), Suppressions.none())));
    ScanGate critical =
        new ScanGate(Optional.empty(), Severity.CRITICAL, Optional.empty(), TestReport.NOW);
    assertEquals(
        Result.PASS,
        gate(TestReport.judge(
            critical, directory, trivyWith("CVE-2026-1", "HIGH"), Suppressions.none())));
  }

  @Test
  void aFindingNamesScannerPackageAndFix() throws IOException {
    List<Finding> findings = alone(directory, grype(match("CVE-2026-1", "High"), ""));
    String message = findings.get(0).message();
    assertTrue(
        message.contains("Grype 0.100.0 2026-11-22T12:00:00Z: 1 vulnerability: HIGH CVE-2026-1"
            + " (ruby-3.0 1.0, fixed in 2.0)"),
        message);
  }

  @Test
  void nothingFoundPassesOnlyOnARecognisedSystemThatGetsUpdates() throws IOException {
    String clean = trivy("");
    assertEquals(Result.PASS, gate(alone(directory, clean)));
    assertDoubt("gets no updates", clean.replace("\"3.22.1\"}", "\"3.9\", \"EOSL\": true}"));
    assertDoubt(
        "recognised no operating system",
        clean.replace("\"alpine\", \"Name\"", "\"none\", \"Name\""));
    assertDoubt("recognised no operating system", clean.replace("\"Family\": \"alpine\", ", ""));
    assertDoubt("no result about packages", clean.replaceFirst("(?s),\\s*\"Results.*", "}"));
    assertDoubt("no result about packages of the operating", clean.replace("os-pkgs", "lang-pkgs"));
    assertDoubt(
        "schema version is 3", clean.replace("\"SchemaVersion\": 2", "\"SchemaVersion\": 3"));
  }

  @Test
  void grypePassesOnlyWhatItRecognised() throws IOException {
    String clean = grype("", "");
    assertEquals(Result.PASS, gate(alone(directory, clean)));
    assertDoubt("recognised no operating system", clean.replace("\"name\": \"wolfi\", ", ""));
    assertDoubt("is \"unknown\"", clean.replace("\"type\": \"image\"", "\"type\": \"unknown\""));
    assertDoubt(
        "gets no updates",
        grype(
            "",
            "\"alertsByPackage\": [{\"package\": {}, \"alerts\": [{\"type\": \"distro-eol\"}]}],"));
    assertDoubt(
        "nothing in it shows",
        clean
            .replace("\"name\": \"wolfi\", ", "")
            .replace("\"type\": \"image\"", "\"type\": \"directory\""));
  }

  @Test
  void whatGrypeWasToldToLeaveOutIsSaid() throws IOException {
    String report = grype("", "")
        .replace(
            "\"version\": \"0.100.0\",",
            "\"version\": \"0.100.0\", \"configuration\": {\"only-fixed\": true},");
    assertEquals(Result.WARN, gate(alone(directory, report)));
  }

  private void assertDoubt(String why, String report) throws IOException {
    List<Finding> findings = alone(directory, report);
    assertEquals(Result.INCONCLUSIVE, gate(findings), report);
    assertTrue(text(findings).contains(why), text(findings));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"rootfs\": {}, \"config\": {}}",
        "{\"runs\": [{\"tool\": {\"driver\": {\"name\": \"CodeQL\"}}, \"results\": []}]}",
        "{\"statements\": []}",
        "{\"bomFormat\": \"CycloneDX\"}",
        "{\"matches\": []}"
      })
  void whatIsNoKnownReportNeverPasses(String report) throws IOException {
    assertEquals(Result.INCONCLUSIVE, gate(alone(directory, report)));
  }

  @Test
  void aReportIsTiedToTheImageByIdDigestOrLayers() throws IOException {
    assertAbout("image id", trivy(""));
    assertAbout(
        "manifest digest",
        trivy("\"ImageID\": \"" + OTHER + "\", \"RepoDigests\": [\"r/app@" + MANIFEST + "\"]", ""));
    assertAbout(
        "its 1 layers",
        trivy("\"ImageID\": \"" + OTHER + "\", \"DiffIDs\": [\"" + LAYER + "\"]", ""));
    assertAbout("image id", grype("", ""));
    assertAbout("manifest digest", grype("", "").replace(IMAGE_ID, OTHER));
    assertAbout("its 1 layers", grype("", "").replace(IMAGE_ID, OTHER).replace(MANIFEST, OTHER));
  }

  private void assertAbout(String how, String report) throws IOException {
    List<Finding> findings = TestReport.of(IMAGE, directory, report);
    assertEquals(Result.PASS, gate(findings), text(findings));
    assertTrue(text(findings).contains(how), text(findings));
  }

  @Test
  void aReportOfAnotherImageSaysNothingAboutThisOne() throws IOException {
    String other = trivyWith("CVE-2026-1", "CRITICAL").replace(IMAGE_ID, OTHER);
    List<Finding> findings = TestReport.of(IMAGE, directory, other);
    assertEquals(Result.INCONCLUSIVE, gate(findings));
    assertTrue(text(findings).contains("about another image: app:1 " + OTHER), text(findings));
    assertEquals(
        Result.INCONCLUSIVE,
        gate(TestReport.of(IMAGE, directory, trivy("\"DiffIDs\": [\"" + OTHER + "\"]", ""))));
  }

  @Test
  void twoImagesWithoutLayersAreNotTheSame() throws IOException {
    AuditedImage empty = new AuditedImage(OTHER, Optional.empty(), List.of());
    assertEquals(
        Result.INCONCLUSIVE, gate(TestReport.of(empty, directory, trivy("\"DiffIDs\": []", ""))));
  }

  @Test
  void aReportAboutFilesSaysNothingAboutTheImage() throws IOException {
    String files = trivy("").replace("container_image", "filesystem");
    assertEquals(Result.PASS, gate(alone(directory, files)));
    assertEquals(Result.INCONCLUSIVE, gate(TestReport.of(IMAGE, directory, files)));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-16T12:00:00Z, PASS",
    "2026-11-16T11:59:59Z, INCONCLUSIVE",
    "2026-11-23T12:04:00Z, PASS",
    "2026-11-23T12:06:00Z, INCONCLUSIVE",
    "0001-01-01T00:00:00Z, INCONCLUSIVE",
    "yesterday, INCONCLUSIVE"
  })
  void aScanOfTheImageIsRecent(String time, Result expected) throws IOException {
    String report = trivy("").replace("2026-11-22T12:00:00Z", time);
    assertEquals(expected, gate(TestReport.of(IMAGE, directory, report)));
    assertEquals(Result.PASS, gate(alone(directory, report)));
  }

  @Test
  void aRecentScanByAnOldListIsStale() throws IOException {
    for (String database : List.of("{\"built\": \"%s\"}", "{\"status\": {\"built\": \"%s\"}}")) {
      String report = grype("", "")
          .replace(
              "\"version\": \"0.100.0\",", "\"version\": \"0.100.0\", \"db\": " + database + ",");
      assertEquals(
          Result.PASS,
          gate(TestReport.of(IMAGE, directory, report.formatted("2026-11-20T00:00:00Z"))));
      assertEquals(
          Result.INCONCLUSIVE,
          gate(TestReport.of(IMAGE, directory, report.formatted("2026-10-20T00:00:00Z"))));
    }
  }

  @Test
  void aStaleReportStillFailsForWhatItFound() throws IOException {
    String report =
        trivyWith("CVE-2026-1", "HIGH").replace("2026-11-22T12:00:00Z", "2020-01-01T00:00:00Z");
    assertEquals(Result.FAIL, gate(TestReport.of(IMAGE, directory, report)));
  }

  @Test
  void theAgeOfAReportAloneIsJudgedIfAskedFor() throws IOException {
    ScanGate gate = new ScanGate(
        Optional.empty(),
        Severity.HIGH,
        Optional.of(Duration.ofDays(1)),
        Instant.parse("2026-11-25T00:00:00Z"));
    assertEquals(
        Result.INCONCLUSIVE,
        gate(TestReport.judge(gate, directory, trivy(""), Suppressions.none())));
  }

  @Test
  void secretsInAnImageCountForTheChecklistToo() throws IOException {
    String secret = """
        "Secrets": [{"RuleID": "github-pat", "Severity": "CRITICAL", "Title": "GitHub token",
          "StartLine": 7, "Match": "token=ghp_abcdefghijklmnop"}]""";
    List<Finding> findings = alone(directory, trivy(secret));
    assertEquals(Result.FAIL, gate(findings));
    Finding found =
        findings.stream().filter(f -> f.id().equals("H04-scan")).findFirst().orElseThrow();
    assertEquals(Result.FAIL, found.result());
    assertTrue(found.message().contains("secret github-pat (app:1 (alpine 3.22.1), line 7)"));
    assertFalse(text(findings).contains("ghp_"), text(findings));
    String files = trivy(secret).replace("container_image", "repository");
    assertTrue(alone(directory, files).stream().noneMatch(f -> f.id().equals("H04-scan")));
  }

  @Test
  void misconfigurationsFailUnlessTheyPassed() throws IOException {
    String report = trivy("\"Misconfigurations\": [{\"ID\": \"DS-0002\", \"Severity\": \"HIGH\","
        + " \"Status\": \"%s\"}]");
    assertEquals(Result.FAIL, gate(alone(directory, report.formatted("FAIL"))));
    assertEquals(Result.PASS, gate(alone(directory, report.formatted("PASS"))));
  }

  @Test
  void theTargetMayComeAfterWhatWasFoundInIt() throws IOException {
    String report = """
        {"Results": [{"Vulnerabilities": [%s], "Class": "os-pkgs", "Target": "late"}],
         "Metadata": {"OS": {"Family": "alpine"}}, "ArtifactType": "container_image",
         "SchemaVersion": 2}""".formatted(TestReport.vulnerability("CVE-2026-1", "HIGH"));
    assertEquals(Result.FAIL, gate(alone(directory, report)));
  }

  @Test
  void onlyTheWorstAreListedAndAllAreCounted() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      all.append(TestReport.vulnerability("CVE-2026-" + (1000 + i), "HIGH")).append(',');
    }
    all.append(TestReport.vulnerability("CVE-2026-9999", "CRITICAL"));
    String message =
        alone(directory, trivy("\"Vulnerabilities\": [" + all + "]")).get(0).message();
    assertTrue(message.contains("1001 vulnerabilities: CRITICAL CVE-2026-9999"), message);
    assertTrue(message.endsWith("and 981 more"), message);
  }

  @Test
  void sarifFailsByTheSeverityInItsTextAndNeverPasses() throws IOException {
    assertEquals(Result.FAIL, gate(alone(directory, sarif("HIGH", "Trivy"))));
    assertEquals(Result.FAIL, gate(alone(directory, sarif("critical", "grype"))));
    List<Finding> low = alone(directory, sarif("low", "grype"));
    assertEquals(Result.INCONCLUSIVE, gate(low));
    assertTrue(text(low).contains("give the scanner's JSON"), text(low));
  }

  @Test
  void aSarifRuleMayComeAfterItsResults() throws IOException {
    String report = """
        {"version": "2.1.0", "runs": [{"results": [{"ruleIndex": 0, "level": "none"}],
         "tool": {"driver": {"name": "grype", "rules": [{"id": "CVE-2026-1-musl",
           "help": {"text": "Vulnerability CVE-2026-1\\nSeverity: high\\nPackage: musl"}}]}}}]}
        """;
    List<Finding> findings = alone(directory, report);
    assertEquals(Result.FAIL, gate(findings));
    assertTrue(text(findings).contains("HIGH CVE-2026-1 (musl)"), text(findings));
  }

  private static String sarif(String severity, String scanner) {
    return """
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "%s", "rules": [
           {"id": "CVE-2026-1", "help": {"text": "Vulnerability CVE-2026-1\\nSeverity: %s"}}]}},
         "results": [{"ruleId": "CVE-2026-1", "level": "warning",
           "message": {"text": "Package: musl"}}]}]}
        """.formatted(scanner, severity);
  }
}
