package io.treza.audit.internal.scan;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Reports written for a test, and what they come to. */
final class TestReport {
  static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  static final String IMAGE_ID = "sha256:" + "a".repeat(64);
  static final String MANIFEST = "sha256:" + "b".repeat(64);
  static final String LAYER = "sha256:" + "c".repeat(64);

  private static final ScanGate ALONE =
      new ScanGate(Optional.empty(), Severity.HIGH, Optional.empty(), NOW);

  private TestReport() {}

  /** A Trivy report of an Alpine image that has an OS result with these members. */
  static String trivy(String members) {
    return trivy("\"ImageID\": \"" + IMAGE_ID + "\"", members);
  }

  static String trivy(String metadata, String members) {
    return """
        {"SchemaVersion": 2, "Trivy": {"Version": "0.60.0"}, "CreatedAt": "2026-11-22T12:00:00Z",
         "ArtifactName": "app:1", "ArtifactType": "container_image",
         "Metadata": {"OS": {"Family": "alpine", "Name": "3.22.1"}, %s},
         "Results": [{"Target": "app:1 (alpine 3.22.1)", "Class": "os-pkgs", "Type": "alpine"%s}]}
        """.formatted(metadata, members.isEmpty() ? "" : ", " + members);
  }

  static String vulnerability(String id, String severity) {
    return """
        {"VulnerabilityID": "%s", "PkgName": "musl", "InstalledVersion": "1.2.5-r0",
         "PkgIdentifier": {"PURL": "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=3.22.1"},
         "Severity": "%s", "Status": "affected"}""".formatted(id, severity);
  }

  static String trivyWith(String id, String severity) {
    return trivy("\"Vulnerabilities\": [" + vulnerability(id, severity) + "]");
  }

  /** A Grype report of a Wolfi image with these matches and further members of the root. */
  static String grype(String matches, String members) {
    return """
        {"matches": [%s],
         "source": {"type": "image", "target": {"userInput": "app:1", "imageID": "%s",
           "manifestDigest": "%s", "repoDigests": ["r.example/app@%s"],
           "layers": [{"digest": "%s"}]}},
         "distro": {"name": "wolfi", "version": "20230201"}, %s
         "descriptor": {"name": "grype", "version": "0.100.0",
           "timestamp": "2026-11-22T12:00:00Z"}}
        """.formatted(matches, IMAGE_ID, MANIFEST, MANIFEST, LAYER, members);
  }

  static String match(String id, String severity) {
    return """
        {"vulnerability": {"id": "%s", "severity": "%s", "namespace": "wolfi:distro:wolfi:rolling",
           "fix": {"versions": ["2.0"], "state": "fixed"}},
         "relatedVulnerabilities": [{"id": "CVE-2026-77"}],
         "matchDetails": [{"type": "exact-direct-match"}],
         "artifact": {"name": "ruby-3.0", "version": "1.0", "type": "apk",
           "purl": "pkg:apk/wolfi/ruby-3.0@1.0", "locations": [{"path": "/lib/apk/db/installed"}],
           "upstreams": [{"name": "ruby"}]}}""".formatted(id, severity);
  }

  static List<Finding> alone(Path directory, String report) throws IOException {
    return judge(ALONE, directory, report, Suppressions.none());
  }

  static List<Finding> suppressed(Path directory, String report, Suppressions suppressions)
      throws IOException {
    return judge(ALONE, directory, report, suppressions);
  }

  static List<Finding> of(AuditedImage image, Path directory, String report) throws IOException {
    ScanGate gate =
        new ScanGate(Optional.of(image), Severity.HIGH, Optional.of(Duration.ofDays(7)), NOW);
    return judge(gate, directory, report, Suppressions.none());
  }

  static List<Finding> judge(
      ScanGate gate, Path directory, String report, Suppressions suppressions) throws IOException {
    Path file = directory.resolve("report.json");
    Files.writeString(file, report);
    return gate.judge("report.json", file, suppressions).findings();
  }

  static Result gate(List<Finding> findings) {
    return Result.of(findings.stream()
        .filter(f -> f.check() == CheckId.H07)
        .map(Finding::result)
        .toList());
  }

  static String text(List<Finding> findings) {
    return findings.toString();
  }
}
