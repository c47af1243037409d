package io.treza.audit.internal.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import io.treza.audit.AuditException;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reports that somebody made large, deep or ambiguous cost little and come to a clear answer. */
class HostileReportTest {
  private static final long LARGE = 200L << 20;

  @TempDir
  Path directory;

  /** Prints what a report's gate says first; runs in a JVM with little memory. */
  static final class Child {
    private Child() {}

    public static void main(String... arguments) throws IOException {
      ScanGate gate =
          new ScanGate(Optional.empty(), Severity.HIGH, Optional.empty(), TestReport.NOW);
      System.out.print(gate.judge("report", Path.of(arguments[0]), Suppressions.none())
          .findings()
          .get(0)
          .message());
    }
  }

  @Test
  void aReportOf200MegabytesIsReadIn64() throws Exception {
    Path file = directory.resolve("large.json");
    String[] parts = TestReport.trivyWith("CVE-2026-1", "HIGH").split("\"Vulnerabilities\": \\[");
    String item = TestReport.vulnerability("CVE-2026-1", "HIGH");
    long count = 1;
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(parts[0] + "\"Vulnerabilities\": [");
      long written = 0;
      // A third each: findings; members with names that never repeat; one string.
      while (written < LARGE / 3) {
        out.write(item + ",\n");
        written += item.length() + 2;
        count++;
      }
      out.write("{\"VulnerabilityID\": \"CVE-2026-2\", \"Severity\": \"LOW\"");
      for (long i = 0; written < 2 * LARGE / 3; i++) {
        String member = ",\"name" + i + "\":" + i;
        out.write(member);
        written += member.length();
      }
      out.write(", \"Description\": \"");
      String line = "x".repeat(1 << 16);
      for (; written < LARGE; written += line.length()) {
        out.write(line);
      }
      out.write("\"}, " + parts[1]);
    }
    assertTrue(Files.size(file) >= LARGE);
    String message = inChild(file);
    assertTrue(message.contains(": " + count + " vulnerabilities: HIGH CVE-2026-1"), message);
  }

  private String inChild(Path file) throws Exception {
    Path errors = directory.resolve("errors");
    Process child = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            classPath(Child.class, ScanGate.class, JsonFactory.class),
            Child.class.getName(),
            file.toString())
        .redirectError(errors.toFile())
        .start();
    String printed = new String(child.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, child.waitFor(), Files.readString(errors));
    return printed;
  }

  private static String classPath(Class<?>... classes) throws URISyntaxException {
    List<String> path = new ArrayList<>();
    for (Class<?> each : classes) {
      path.add(Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString());
    }
    return String.join(File.pathSeparator, path);
  }

  static List<String> refused() {
    return List.of(
        "",
        "[]",
        "\"report\"",
        "{",
        "{\"SchemaVersion\": 2,",
        "{\"SchemaVersion\": 2}{}",
        "{\"SchemaVersion\": 2} trailing",
        "{\"SchemaVersion\": \"2\"}",
        "{\"SchemaVersion\": 2.5}",
        "{\"SchemaVersion\": 99999999999999999999}",
        "{\"SchemaVersion\": " + "9".repeat(1 << 20) + "}",
        "{\"x\": " + "9".repeat(1 << 20) + "}",
        "{\"x\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}",
        "{\"x\": " + "{\"y\":".repeat(100_000) + "1" + "}".repeat(100_000) + "}",
        "{\"" + "n".repeat(1 << 20) + "\": 1}",
        "{\"CreatedAt\": \"" + "9".repeat(2 << 20) + "\"}",
        "{\"Results\": {}}",
        "{\"Results\": [[]]}",
        "{\"Results\": [], \"Results\": []}",
        "{\"Metadata\": {\"ImageID\": \"a\", \"ImageID\": \"b\"}}",
        TestReport.trivyWith("CVE-2026-1", "HARMLESS"),
        TestReport.trivyWith("CVE-2026-1", "HIGH\", \"Severity\": \"LOW"),
        TestReport.grype(TestReport.match("CVE-2026-1", "Mild"), ""),
        TestReport.grype("", "\"SchemaVersion\": 2, \"ArtifactType\": \"container_image\","),
        "\u0000\u0001\u0002",
        "{\"x\": \"\u0001\"}",
        "{\"SchemaVersion\": NaN}");
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsMalformedOrAmbiguousIsRefusedWithItsPlace(String text) {
    AuditException e = assertThrows(AuditException.class, () -> TestReport.alone(directory, text));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("report.json"), message);
    assertTrue(message.length() < 1000, message);
  }

  @Test
  void aFileThatIsNoTextIsRefused() throws IOException {
    Path file = directory.resolve("report.json");
    Files.write(file, new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'});
    assertThrows(
        AuditException.class, () -> ScanReports.read("report.json", file, Suppressions.none()));
  }

  @Test
  void longValuesAndListsAreNotKept() throws Exception {
    String long1 = "\"" + "x".repeat(200_000) + "\"";
    String list = "[" + (long1 + ",").repeat(500) + long1 + "]";
    Path file = directory.resolve("large.json");
    Files.writeString(
        file,
        TestReport.trivy(
            "\"Vulnerabilities\": [{\"VulnerabilityID\": \"CVE-2026-1\", \"Severity\": \"HIGH\","
                + " \"PkgName\": " + long1 + ", \"VendorIDs\": " + list + "}]"));
    assertTrue(inChild(file).contains(": 1 vulnerability: HIGH CVE-2026-1 (xxx"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheReport() throws IOException {
    assertEquals(
        Result.PASS, TestReport.gate(TestReport.alone(directory, "\ufeff" + TestReport.trivy(""))));
  }

  @Test
  void aLongNameIsCutInMessages() throws IOException {
    String report = TestReport.trivyWith("CVE-" + "1".repeat(100_000), "HIGH");
    assertTrue(TestReport.text(TestReport.alone(directory, report)).length() < 10_000);
  }

  @Test
  void aPatternOfStarsTakesNoLongerThanItsLength() {
    String path = "a/".repeat(2000);
    assertTrue(Glob.matches("**/*a*".repeat(20) + "**", path));
    assertFalse(Glob.matches("*a".repeat(1000) + "b", "a".repeat(4000)));
    assertFalse(Glob.matches("**", "a".repeat(5000)));
  }

  @ParameterizedTest
  @CsvSource({
    "**/*-lock.json, package-lock.json, true",
    "**/*-lock.json, a/b/x-lock.json, true",
    "*-lock.json, a/x-lock.json, false",
    "a/**, a/b/c, true",
    "a/*/c, a/b/c, true",
    "a/*/c, a/b/b/c, false",
    "a?c, abc, true",
    "a?c, a/c, false",
    "/lib/**, lib/x, true",
    "usr/bin/x, /usr/bin/x, true"
  })
  void globsAreThoseOfTheScanners(String pattern, String path, boolean matches) {
    assertEquals(matches, Glob.matches(pattern, path));
  }
}
