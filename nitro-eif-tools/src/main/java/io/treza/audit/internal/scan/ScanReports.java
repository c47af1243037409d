package io.treza.audit.internal.scan;

import io.treza.audit.AuditException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads scanners' reports, whichever format they are in. */
public final class ScanReports {
  // What else people have beside the reports, and what to do with it.
  private static final Map<String, String> OTHERS = Map.of(
      "statements", "it is an OpenVEX document; give it with --vex",
      "bomFormat", "it is a CycloneDX document; scan it and give the scanner's JSON",
      "spdxVersion", "it is an SPDX document; scan it and give the scanner's JSON",
      "rootfs", "it is an image's configuration",
      "manifests", "it is an image's index",
      "layers", "it is an image's manifest");

  private ScanReports() {}

  /**
   * Reads a report of any size in bounded memory.
   *
   * @throws AuditException if it is no well-formed JSON, or contradicts itself
   */
  static ScanReport read(String name, Path file, Suppressions suppressions) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new AuditException(file + ": no such file; give the report that a scanner wrote");
    }
    List<ReportFormat> formats = List.of(new TrivyJson(), new GrypeJson(), new Sarif());
    Set<String> others = new TreeSet<>();
    JsonStream.read(file, json -> {
      Map<String, JsonStream.Value> members = new HashMap<>();
      OTHERS.forEach((member, what) -> members.put(member, () -> {
        others.add(what);
        json.skip();
      }));
      formats.forEach(format -> members.putAll(format.head(json)));
      return members;
    });
    List<ReportFormat> recognised =
        formats.stream().filter(ReportFormat::recognised).toList();
    if (recognised.size() > 1) {
      throw new AuditException(file + ": is two reports in one object, and which counts depends on"
          + " the reader; write it again with the scanner");
    }
    return recognised.isEmpty()
        ? unknown(name, others)
        : read(name, file, recognised.get(0), suppressions);
  }

  private static ScanReport read(
      String name, Path file, ReportFormat format, Suppressions suppressions) throws IOException {
    Collector collector = new Collector(suppressions, format.artifact());
    JsonStream.read(file, json -> format.body(json, collector));
    return format.report(name, collector.found());
  }

  private static ScanReport unknown(String name, Set<String> others) {
    String what = others.isEmpty()
        ? "it is no report of Trivy's or Grype's in JSON or SARIF"
        : String.join(", ", others);
    return new ScanReport(
        name,
        "",
        Artifact.unknown(),
        Optional.empty(),
        Optional.empty(),
        List.of(what),
        List.of(),
        new ScanReport.Found(
            new EnumMap<>(Problem.Kind.class), new EnumMap<>(Problem.Kind.class), 0, List.of()));
  }
}
