package io.treza.audit.internal.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every real report gets the gate that its manifest states. */
class SharedReportsTest {
  private static final ScanGate ALONE = new ScanGate(
      Optional.empty(), Severity.HIGH, Optional.empty(), Instant.parse("2026-11-23T00:00:00Z"));

  @TestFactory
  List<DynamicTest> theGateIsTheOneOfTheManifest() throws IOException {
    Path manifest = Requirement.shared("scan-reports/MANIFEST.tsv");
    List<DynamicTest> tests = new ArrayList<>();
    for (String line : Files.readAllLines(manifest)) {
      String[] columns = line.split("\t", -1);
      if (columns.length < 11 || columns[0].equals("file")) {
        continue;
      }
      Path file = manifest.resolveSibling(columns[0]);
      String expected = columns[10].replaceFirst("\\(.*", "");
      tests.add(DynamicTest.dynamicTest(columns[0], () -> {
        if (expected.isEmpty()) {
          // No report of a scanner's, or SARIF, which cannot pass.
          assertTrue(gate(file, CheckId.H07) != Result.PASS);
        } else {
          assertEquals(Result.valueOf(expected), gate(file, CheckId.H07));
          assertEquals(Result.valueOf(expected), gate(file, CheckId.P05));
        }
      }));
    }
    assertTrue(tests.size() > 20, "found " + tests.size());
    return tests;
  }

  private static Result gate(Path file, CheckId check) throws IOException {
    List<Finding> findings =
        ALONE.judge(file.toString(), file, Suppressions.none()).findings();
    return Result.of(
        findings.stream().filter(f -> f.check() == check).map(Finding::result).toList());
  }
}
