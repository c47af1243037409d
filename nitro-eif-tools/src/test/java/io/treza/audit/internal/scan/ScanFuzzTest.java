package io.treza.audit.internal.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes at all: a report, a VEX document or an ignore file is read, or refused in a sentence. */
class ScanFuzzTest {
  private static final int LONGEST_MESSAGE = 20_000;

  static Stream<byte[]> reports() {
    return Stream.of(
            TestReport.trivyWith("CVE-2026-1", "HIGH"),
            TestReport.grype(TestReport.match("CVE-2026-1", "High"), ""),
            "{\"runs\": [{\"tool\": {\"driver\": {\"name\": \"trivy\", \"rules\": [{\"id\": \"a\"}]}},"
                + " \"results\": [{\"ruleIndex\": 0}]}]}")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("reports")
  @FuzzTest(maxDuration = "3m")
  void judgesOrRefusesAReport(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz-", ".json");
    try {
      Files.write(file, bytes);
      List<Finding> findings = new ScanGate(
              Optional.empty(), Severity.HIGH, Optional.empty(), TestReport.NOW)
          .judge("report", file, Suppressions.none())
          .findings();
      assertFalse(findings.isEmpty());
      findings.forEach(f -> assertTrue(f.message().length() < LONGEST_MESSAGE));
    } catch (AuditException e) {
      assertTrue(String.valueOf(e.getMessage()).contains(file.toString()), e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  static Stream<byte[]> ignoreFiles() {
    return Stream.of(
            "ignore: [{vulnerability: CVE-1, package: {name: a, location: '/**'}}]",
            "vulnerabilities: [{id: CVE-1, paths: [a], purls: ['pkg:a/b@1?c=d'], expired_at: 2026-01-01}]")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("ignoreFiles")
  @FuzzTest(maxDuration = "3m")
  void readsOrRefusesAnIgnoreFile(byte[] bytes) throws IOException {
    Path yaml = Files.createTempFile("fuzz-", ".yaml");
    Path plain = Files.createTempFile("fuzz-", ".trivyignore");
    try {
      for (Path file : List.of(yaml, plain)) {
        Files.write(file, bytes);
        try {
          Suppressions.read(List.of(), List.of(file), TestReport.NOW);
        } catch (AuditException e) {
          assertTrue(String.valueOf(e.getMessage()).contains(file.toString()), e.getMessage());
        }
      }
    } finally {
      Files.delete(yaml);
      Files.delete(plain);
    }
  }
}
