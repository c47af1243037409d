package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.PodSecurity;
import io.treza.audit.PodSecurity.Level;
import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Manifests;
import io.treza.audit.internal.kubernetes.KubernetesAudit.Workload;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Manifests from well-known projects, judged by hand: every judgement agrees. */
class JudgedManifestsTest {
  private static final PodSecurity.Version VERSION = PodSecurity.Version.parse("v1.36");
  private static final Map<String, CheckId> COLUMNS = Map.of(
      "C2_nonroot", CheckId.H02,
      "C5_readonly", CheckId.H05,
      "C6_caps", CheckId.H06,
      "C4_env_secret", CheckId.H04,
      "C8_digest", CheckId.H08,
      "C9_no_latest", CheckId.H09);

  @Test
  void everyWorkloadIsFoundAndEveryCellAgrees() throws IOException {
    Path directory = Requirement.shared("k8s");
    List<String> lines = Files.readAllLines(directory.resolve("MANIFEST.tsv")).stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
    List<String> header = List.of(lines.get(0).split("\t"));
    Map<String, Integer> judged = new HashMap<>();
    List<String> disagreements = new ArrayList<>();
    int cells = 0;
    for (String line : lines.subList(1, lines.size())) {
      List<String> row = List.of(line.split("\t"));
      String file = row.get(header.indexOf("file"));
      String name = row.get(header.indexOf("workload"));
      judged.merge(file, 1, Integer::sum);
      Workload workload = find(KubernetesAudit.read(directory.resolve(file), VERSION), name);
      for (Map.Entry<String, CheckId> column : COLUMNS.entrySet()) {
        Result expected =
            row.get(header.indexOf(column.getKey())).equals("P") ? Result.PASS : Result.FAIL;
        Result actual = result(workload, column.getValue());
        cells++;
        if (expected != actual) {
          disagreements.add(file + " " + name + " " + column.getKey() + ": " + actual);
        }
      }
      boolean passes = row.get(header.indexOf("pss_restricted")).equals("PASS");
      boolean off = row.get(header.indexOf("automount")).equals("off");
      cells += 2;
      if (passes != workload.podSecurity().allowedBy(Level.RESTRICTED)) {
        disagreements.add(file + " " + name + " " + workload.podSecurity().restricted());
      }
      if (workload.findings().stream()
          .noneMatch(f ->
              f.id().equals("P07-automount") && f.result() == (off ? Result.PASS : Result.WARN))) {
        disagreements.add(file + " " + name + " automount");
      }
    }
    assertEquals(List.of(), disagreements);
    assertTrue(cells >= 272, "cells: " + cells);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        Manifests manifests = KubernetesAudit.read(file, VERSION);
        assertEquals(
            judged.get(file.getFileName().toString()),
            manifests.workloads().size(),
            file::toString);
        assertEquals(List.of(), manifests.notes(), file::toString);
      }
    }
  }

  private static Workload find(Manifests manifests, String kindAndName) {
    return manifests.workloads().stream()
        .filter(w -> (w.subject().kind() + "/" + w.subject().name()).equals(kindAndName))
        .findFirst()
        .orElseThrow();
  }

  static Result result(Workload workload, CheckId check) {
    return Result.of(workload.findings().stream()
        .filter(f -> f.check() == check)
        .map(Finding::result)
        .toList());
  }

  @Test
  void everyOfficialFixtureIsDecidedAsItsDirectorySays() throws IOException {
    Path oracle = Requirement.shared("k8s/psa-oracle");
    int fixtures = 0;
    List<String> disagreements = new ArrayList<>();
    for (Level level : List.of(Level.BASELINE, Level.RESTRICTED)) {
      String name = level == Level.BASELINE ? "baseline-v1.36" : "restricted-v1.36";
      for (String outcome : List.of("pass", "fail")) {
        try (Stream<Path> files = Files.list(oracle.resolve(name).resolve(outcome))) {
          for (Path file : files.toList()) {
            fixtures++;
            PodSecurity security =
                KubernetesAudit.read(file, VERSION).workloads().get(0).podSecurity();
            if (security.allowedBy(level) != outcome.equals("pass")) {
              disagreements.add(file + ": " + security.violations(level));
            } else if (outcome.equals("fail") && !namesItsCheck(file, security, level)) {
              disagreements.add(file + " is refused by " + security.violations(level));
            }
          }
        }
      }
    }
    assertEquals(List.of(), disagreements);
    assertTrue(fixtures >= 148, "fixtures: " + fixtures);
  }

  /** Fixtures are named after the check that refuses them, in lower case and with a number. */
  private static boolean namesItsCheck(Path file, PodSecurity security, Level level) {
    String check = file.getFileName().toString().replaceAll("[0-9]*\\.yaml", "");
    return security.violations(level).stream()
        .map(v -> v.check().toLowerCase(java.util.Locale.ROOT))
        // Restricted replaces three checks of baseline by its own.
        .map(id -> level == Level.RESTRICTED ? id.replace("restricted", "baseline") : id)
        .anyMatch(id -> id.equals(check)
            || id.equals(check.replace("restricted", "baseline"))
            || (check.equals("procmount") && id.equals("procmount_baseline"))
            || (check.equals("hostpathvolumes") && id.equals("baselinevolumes"))
            || (check.equals("restrictedvolumes") && id.equals("baselinevolumes")));
  }
}
