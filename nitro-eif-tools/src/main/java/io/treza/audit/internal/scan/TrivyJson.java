package io.treza.audit.internal.scan;

import static java.util.Map.entry;

import io.treza.audit.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Trivy's JSON report, schema version 2; a member that is missing is one that has no value. */
final class TrivyJson implements ReportFormat {
  // Its families for what is no operating system that it has a list for.
  private static final List<String> NO_FAMILY = List.of("", "none");
  private static final String OS_PACKAGES = "os-pkgs";
  private static final int MAX_PENDING = 1000;
  private static final List<String> PACKAGES = List.of(OS_PACKAGES, "lang-pkgs");

  private final Map<String, String> head = new HashMap<>();
  private final List<String> digests = new ArrayList<>();
  private final List<String> classes = new ArrayList<>();
  private List<String> diffIds = List.of();
  private int schema;
  private boolean endOfLife;

  @Override
  public Map<String, JsonStream.Value> head(JsonStream json) {
    return Map.of(
        "SchemaVersion", () -> schema = json.number(),
        "Trivy", () -> json.object(Map.of("Version", json.into(head, "version"))),
        "CreatedAt", json.into(head, "time"),
        "ArtifactName", json.into(head, "name"),
        "ArtifactType", json.into(head, "type"),
        "Metadata", () -> metadata(json),
        "Results", () -> json.array(() -> json.object(Map.of("Class", () -> addClass(json)))));
  }

  private void metadata(JsonStream json) throws IOException {
    Map<String, JsonStream.Value> os = Map.of(
        "Family", json.into(head, "family"),
        "Name", json.into(head, "release"),
        "EOSL", () -> endOfLife = json.bool());
    json.object(Map.of(
        "OS", () -> json.object(os),
        "ImageID", json.into(head, "image"),
        "RepoDigests", () -> json.strings().forEach(d -> digests.add(Digests.of(d))),
        "DiffIDs", () -> diffIds = json.strings()));
  }

  private void addClass(JsonStream json) throws IOException {
    String name = json.string();
    if (!classes.contains(name) && classes.size() < Collector.LISTED) {
      classes.add(name);
    }
  }

  @Override
  public boolean recognised() {
    return schema != 0 && head.containsKey("type");
  }

  @Override
  public Artifact artifact() {
    Artifact.Kind kind = switch (get("type")) {
      case "container_image" -> Artifact.Kind.IMAGE;
      case "filesystem", "repository", "vm", "cyclonedx", "spdx" -> Artifact.Kind.FILES;
      default -> Artifact.Kind.UNKNOWN;
    };
    return new Artifact(
        kind, get("name"), Optional.of(get("image")).filter(i -> !i.isEmpty()), digests, diffIds);
  }

  private String get(String name) {
    return head.getOrDefault(name, "");
  }

  @Override
  public Map<String, JsonStream.Value> body(JsonStream json, Collector collector) {
    Findings findings = new Findings(json, collector);
    return Map.of("Results", () -> json.array(findings::result));
  }

  /** Reads results one after the other into the same holders. */
  private static final class Findings {
    private final JsonStream json;
    private final Collector collector;
    private final Map<String, String> result = new HashMap<>();
    private final Map<String, String> item = new HashMap<>();
    private final List<String> vendorIds = new ArrayList<>();
    private final Map<String, JsonStream.Value> members;
    private final List<Pending> pending = new ArrayList<>();

    /** What was found before the report said in what, as where its members are sorted. */
    private record Pending(Problem.Kind kind, Map<String, String> item) {}

    Findings(JsonStream json, Collector collector) {
      this.json = json;
      this.collector = collector;
      Map<String, JsonStream.Value> vulnerability = vulnerability();
      Map<String, JsonStream.Value> leak = Map.of(
          "RuleID", json.into(item, "id"),
          "Severity", json.into(item, "severity"),
          "Title", json.into(item, "title"),
          "StartLine", () -> item.put("line", Integer.toString(json.number())));
      Map<String, JsonStream.Value> configuration = Map.of(
          "ID", json.into(item, "id"),
          "Severity", json.into(item, "severity"),
          "Status", json.into(item, "status"));
      Map<String, JsonStream.Value> modified = Map.of(
          "Type", json.into(item, "type"),
          "Status", json.into(item, "status"),
          "Statement", json.into(item, "statement"),
          "Source", json.into(item, "source"),
          "Finding",
              () -> json.object(Map.of(
                  "VulnerabilityID", json.into(item, "id"),
                  "RuleID", json.into(item, "id"),
                  "ID", json.into(item, "id"),
                  "PkgName", json.into(item, "name"))));
      this.members = Map.of(
          "Target", json.into(result, "target"),
          "Type", json.into(result, "type"),
          "Vulnerabilities", () -> items(Problem.Kind.VULNERABILITY, vulnerability),
          "Secrets", () -> items(Problem.Kind.SECRET, leak),
          "Misconfigurations", () -> items(Problem.Kind.MISCONFIGURATION, configuration),
          "ExperimentalModifiedFindings", () -> json.array(() -> suppressed(modified)));
    }

    private Map<String, JsonStream.Value> vulnerability() {
      return Map.ofEntries(
          entry("VulnerabilityID", json.into(item, "id")),
          entry("VendorIDs", () -> vendorIds.addAll(json.strings())),
          entry("PkgName", json.into(item, "name")),
          entry("PkgPath", json.into(item, "path")),
          entry("PkgIdentifier", () -> json.object(Map.of("PURL", json.into(item, "purl")))),
          entry("InstalledVersion", json.into(item, "version")),
          entry("FixedVersion", json.into(item, "fixed")),
          entry("Status", json.into(item, "status")),
          entry("Severity", json.into(item, "severity")));
    }

    void result() throws IOException {
      result.clear();
      pending.clear();
      json.object(members);
      for (Pending each : pending) {
        collector.add(problem(each.kind(), each.item(), List.of()));
      }
    }

    private void items(Problem.Kind kind, Map<String, JsonStream.Value> item) throws IOException {
      json.array(() -> add(kind, item));
    }

    private void add(Problem.Kind kind, Map<String, JsonStream.Value> reader) throws IOException {
      item.clear();
      vendorIds.clear();
      json.object(reader);
      if (kind == Problem.Kind.MISCONFIGURATION
          && List.of("PASS", "EXCEPTION").contains(item.getOrDefault("status", ""))) {
        return;
      }
      if (!Severity.of(item.getOrDefault("severity", "UNKNOWN")).isPresent()) {
        throw json.error("a severity of Trivy's, not \"" + item.get("severity") + "\"");
      }
      if (result.containsKey("target")) {
        collector.add(problem(kind, item, vendorIds));
      } else if (pending.size() < MAX_PENDING) {
        pending.add(new Pending(kind, Map.copyOf(item)));
      } else {
        throw json.error("Target before what was found in it");
      }
    }

    private Problem problem(Problem.Kind kind, Map<String, String> item, List<String> vendorIds) {
      List<String> paths = new ArrayList<>();
      String path = item.getOrDefault("path", "");
      if (!path.isEmpty()) {
        paths.add(path);
      }
      String line = item.getOrDefault("line", "");
      paths.add(result.getOrDefault("target", ""));
      String fixed = item.getOrDefault("fixed", "");
      String status = item.getOrDefault("status", "");
      String fix = kind == Problem.Kind.VULNERABILITY
          ? fixed.isEmpty() ? status.replace('_', ' ') : "fixed in " + fixed
          : line.isEmpty() ? "" : "line " + line;
      return new Problem(
          kind,
          item.getOrDefault("id", ""),
          List.copyOf(vendorIds),
          Severity.of(item.getOrDefault("severity", "")).orElse(Severity.UNKNOWN),
          fix,
          new Problem.Part(
              item.getOrDefault("name", ""),
              item.getOrDefault("version", ""),
              result.getOrDefault("type", ""),
              "",
              item.getOrDefault("purl", ""),
              List.of(),
              paths),
          "",
          status,
          List.of());
    }

    private void suppressed(Map<String, JsonStream.Value> modified) throws IOException {
      item.clear();
      json.object(modified);
      String name = item.getOrDefault("name", "");
      collector.suppressed(item.getOrDefault("id", "")
          + (name.isEmpty() ? "" : " (" + name + ")")
          + " by Trivy, from "
          + item.getOrDefault("source", "")
          + ", as "
          + item.getOrDefault("status", "").replace('_', ' '));
    }
  }

  @Override
  public ScanReport report(String file, ScanReport.Found found) {
    return new ScanReport(
        file,
        ("Trivy " + get("version")).strip(),
        artifact(),
        Times.parse(get("time")),
        Optional.empty(),
        doubts(),
        List.of(),
        found);
  }

  private List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    if (schema != 2) {
      doubts.add("its schema version is " + schema + ", and 2 is the one known");
    }
    Artifact.Kind kind = artifact().kind();
    if (kind == Artifact.Kind.UNKNOWN) {
      doubts.add("it is about a " + get("type") + ", which is no image and no files");
    }
    if (endOfLife) {
      doubts.add(get("family") + " " + get("release")
          + " gets no updates any more, and nobody lists its new vulnerabilities");
    }
    if (kind == Artifact.Kind.IMAGE && NO_FAMILY.contains(get("family"))) {
      doubts.add("Trivy recognised no operating system");
    }
    if (classes.stream().noneMatch(PACKAGES::contains)) {
      doubts.add("it has no result about packages");
    } else if (kind == Artifact.Kind.IMAGE && !classes.contains(OS_PACKAGES)) {
      doubts.add("it has no result about packages of the operating system");
    }
    return doubts;
  }
}
