package io.treza.audit.internal.scan;

import static io.treza.audit.internal.scan.TestReport.gate;
import static io.treza.audit.internal.scan.TestReport.grype;
import static io.treza.audit.internal.scan.TestReport.match;
import static io.treza.audit.internal.scan.TestReport.text;
import static io.treza.audit.internal.scan.TestReport.trivyWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** VEX documents and ignore files leave out what they name, and are named themselves. */
class SuppressionsTest {
  private static final String MUSL = "pkg:apk/alpine/musl";

  @TempDir
  Path directory;

  private Suppressions ignore(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, text);
    return Suppressions.read(List.of(), List.of(file), TestReport.NOW);
  }

  private Suppressions vex(String... statements) throws IOException {
    Path file = directory.resolve("vex.json");
    Files.writeString(file, """
        {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-11-01T00:00:00Z",
         "statements": [%s]}""".formatted(String.join(",", statements)));
    return Suppressions.read(List.of(file), List.of(), TestReport.NOW);
  }

  private static String statement(String product, String status) {
    return """
        {"vulnerability": {"name": "CVE-2026-1"}, "products": [%s], "status": "%s",
         "justification": "vulnerable_code_not_present"}""".formatted(product, status);
  }

  private static String product(String id) {
    return "{\"@id\": \"" + id + "\"}";
  }

  private List<Finding> trivy(Suppressions suppressions) throws IOException {
    return TestReport.suppressed(directory, trivyWith("CVE-2026-1", "HIGH"), suppressions);
  }

  private List<Finding> grypes(Suppressions suppressions) throws IOException {
    return TestReport.suppressed(directory, grype(match("CVE-2026-1", "High"), ""), suppressions);
  }

  @Test
  void whatIsLeftOutIsSaidAndByWhat() throws IOException {
    List<Finding> findings = trivy(ignore(".trivyignore", "# why\nCVE-2026-1\n"));
    assertEquals(Result.PASS, gate(findings));
    assertTrue(
        text(findings).contains("1 left out: CVE-2026-1 (musl 1.2.5-r0, affected) by "),
        text(findings));
    assertTrue(text(findings).contains(".trivyignore: line 2"), text(findings));
  }

  @ParameterizedTest
  @CsvSource({
    "CVE-2026-1, PASS",
    "CVE-2026-1 exp:2026-11-24, PASS",
    "CVE-2026-1 exp:2026-11-23, FAIL",
    "CVE-2026-1 team:a exp:2020-01-01, FAIL",
    "CVE-2026-10, FAIL",
    "#CVE-2026-1, FAIL"
  })
  void aTrivyignoreLineIsAnIdUntilADay(String line, Result expected) throws IOException {
    assertEquals(expected, gate(trivy(ignore(".trivyignore", line))));
  }

  @Test
  void anExpiredRuleIsSaid() throws IOException {
    Suppressions suppressions = ignore(".trivyignore", "CVE-2026-1 exp:2020-01-01");
    assertTrue(
        ScanGate.remarks(suppressions).toString().contains("CVE-2026-1 expired on 2020-01-01"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id: CVE-2026-1 | PASS",
        "id: CVE-2026-2 | FAIL",
        "{id: CVE-2026-1, expired_at: 2026-11-22} | FAIL",
        "{id: CVE-2026-1, expired_at: 2026-12-01, statement: unused} | PASS",
        "{id: CVE-2026-1, paths: ['app:1*']} | PASS",
        "{id: CVE-2026-1, paths: [usr/bin/*]} | FAIL",
        "{id: CVE-2026-1, purls: ['pkg:apk/alpine/musl']} | PASS",
        "{id: CVE-2026-1, purls: ['pkg:apk/alpine/musl@9']} | FAIL",
        "{purls: ['pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64']} | PASS"
      })
  void trivysYamlRulesHaveConditions(String rule, Result expected) throws IOException {
    assertEquals(
        expected, gate(trivy(ignore(".trivyignore.yaml", "vulnerabilities:\n  - " + rule))));
    assertEquals(Result.FAIL, gate(trivy(ignore("s.yaml", "secrets:\n  - " + rule))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vulnerability: CVE-2026-1 | PASS",
        "vulnerability: CVE-2026-77 | FAIL",
        "{vulnerability: CVE-2026-77, include-aliases: true} | PASS",
        "{vulnerability: CVE-2026-1, namespace: 'wolfi:distro:wolfi:rolling'} | PASS",
        "{vulnerability: CVE-2026-1, namespace: other} | FAIL",
        "fix-state: fixed | PASS",
        "fix-state: wont-fix | FAIL",
        "match-type: exact-direct-match | PASS",
        "match-type: cpe-match | FAIL",
        "package: {name: 'ruby-.*', type: apk, version: '1.0'} | PASS",
        "package: {name: ruby} | FAIL",
        "package: {upstream-name: ruby} | PASS",
        "package: {location: '/lib/**'} | PASS",
        "package: {language: java} | FAIL",
        "vex-status: not_affected | FAIL"
      })
  void grypesRulesHaveConditions(String rule, Result expected) throws IOException {
    String file = "output: json\nignore:\n  - " + rule;
    assertEquals(expected, gate(grypes(ignore(".grype.yaml", file))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ignore: [{}]",
        "ignore: [{vulnerabilty: CVE-2026-1}]",
        "ignore: [{vulnerability: a, vulnerability: b}]",
        "ignore: [{package: {name: '('}}]",
        "vulnerabilities: [{statement: all}]",
        "vulnerabilities: [{id: CVE-1, expired_at: soon}]",
        "vulnerabilities: [{id: CVE-1, purls: [musl]}]",
        "suppress: [CVE-1]",
        "[CVE-1]",
        "",
        "a: [",
        "a: 1\n---\nb: 2"
      })
  void aRuleThatIsNotUnderstoodIsAnError(String text) {
    AuditException e = assertThrows(AuditException.class, () -> ignore("ignore.yaml", text), text);
    assertTrue(String.valueOf(e.getMessage()).contains("ignore.yaml"), e.getMessage());
  }

  @Test
  void aStatementCountsForTheVulnerablePackageItself() throws IOException {
    assertEquals(Result.PASS, gate(trivy(vex(statement(product(MUSL), "not_affected")))));
    assertEquals(Result.PASS, gate(trivy(vex(statement(product(MUSL), "fixed")))));
    assertEquals(Result.FAIL, gate(trivy(vex(statement(product(MUSL), "affected")))));
    assertEquals(Result.FAIL, gate(trivy(vex(statement(product(MUSL), "under_investigation")))));
    assertEquals(
        Result.FAIL, gate(trivy(vex(statement(product("pkg:apk/alpine/zlib"), "not_affected")))));
    assertEquals(Result.PASS, gate(trivy(vex(statement('"' + MUSL + '"', "not_affected")))));
  }

  @Test
  void aStatementCountsForTheImageThatWasScanned() throws IOException {
    String image = "pkg:oci/app@" + TestReport.MANIFEST.replace(":", "%3A");
    String other = "pkg:oci/app@sha256%3A" + "e".repeat(64);
    assertEquals(Result.PASS, gate(grypes(vex(statement(product(image), "not_affected")))));
    assertEquals(Result.FAIL, gate(grypes(vex(statement(product(other), "not_affected")))));
    assertEquals(Result.PASS, gate(grypes(vex(statement(product("pkg:oci/app"), "not_affected")))));
    assertEquals(
        Result.FAIL,
        gate(grypes(vex(statement(
            product("pkg:oci/app?repository_url=r.example/elsewhere/app"), "not_affected")))));
  }

  @Test
  void subcomponentsOfTheImageMustBeThePackage() throws IOException {
    String form = "{\"@id\": \"pkg:oci/app\", \"subcomponents\": [{\"@id\": \"%s\"}]}";
    assertEquals(
        Result.PASS,
        gate(grypes(vex(statement(form.formatted("pkg:apk/wolfi/ruby-3.0"), "not_affected")))));
    assertEquals(
        Result.FAIL,
        gate(grypes(vex(statement(form.formatted("pkg:apk/wolfi/zlib"), "not_affected")))));
    // Whether some other product contains the package, no report says.
    assertEquals(
        Result.FAIL,
        gate(grypes(vex(statement(
            form.formatted("pkg:apk/wolfi/ruby-3.0").replace("pkg:oci/app", "pkg:golang/x/y"),
            "not_affected")))));
  }

  @Test
  void theLatestStatementCounts() throws IOException {
    String old = statement(product(MUSL), "not_affected");
    String late = statement(product(MUSL), "affected")
        .replace("\"status\"", "\"timestamp\": \"2026-11-20T00:00:00Z\", \"status\"");
    assertEquals(Result.FAIL, gate(trivy(vex(late, old))));
  }

  @Test
  void anotherNameOfTheVulnerabilityWillDo() throws IOException {
    String statement = statement(product("pkg:apk/wolfi/ruby-3.0"), "not_affected")
        .replace("\"CVE-2026-1\"", "\"GO-1\", \"aliases\": [\"CVE-2026-77\"]");
    assertEquals(Result.PASS, gate(grypes(vex(statement))));
  }

  @Test
  void notAffectedNeedsAJustification() throws IOException {
    String statement = statement(product(MUSL), "not_affected")
        .replace(",\n \"justification\": \"vulnerable_code_not_present\"", "");
    Suppressions suppressions = vex(statement);
    assertEquals(Result.FAIL, gate(trivy(suppressions)));
    assertTrue(suppressions.remarks().get(0).contains("without a justification"));
  }

  @Test
  void whatIsNoOpenVexIsAnError() throws IOException {
    assertThrows(AuditException.class, () -> vex(statement(product(MUSL), "harmless")));
    Path file = directory.resolve("other.json");
    Files.writeString(file, "{\"statements\": []}");
    assertThrows(
        AuditException.class, () -> Suppressions.read(List.of(file), List.of(), TestReport.NOW));
  }

  @Test
  void whatTheScannerItselfLeftOutIsSaid() throws IOException {
    String report = grype(
        "",
        "\"ignoredMatches\": ["
            + match("CVE-2026-5", "High")
                .replaceFirst(
                    "\\{",
                    "{\"appliedIgnoreRules\": [{\"vulnerability\": \"CVE-2026-5\", \"reason\":"
                        + " \"unused\"}], ")
            + "],");
    List<Finding> findings = TestReport.alone(directory, report);
    assertEquals(Result.PASS, gate(findings));
    assertTrue(text(findings).contains("CVE-2026-5 (ruby-3.0 1.0, fixed in 2.0) by Grype: unused"));
  }
}
