package io.treza.audit.internal.scan;

import static java.util.Map.entry;

import io.treza.audit.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Grype's JSON report, of version 0.40 or later. */
final class GrypeJson implements ReportFormat {
  private static final Map<String, String> ALERTS = Map.of(
      "distro-eol", "gets no updates any more, and nobody lists its new vulnerabilities",
      "distro-unknown", "is no operating system that Grype knows",
      "distro-disabled", "is an operating system that Grype has no list for");

  private final Map<String, String> head = new HashMap<>();
  private final List<String> digests = new ArrayList<>();
  private final List<String> layers = new ArrayList<>();
  private final Set<String> alerts = new TreeSet<>();
  private boolean onlyFixed;
  private boolean onlyNotFixed;
  private boolean anyMatch;
  private boolean hasMatches;

  @Override
  public Map<String, JsonStream.Value> head(JsonStream json) {
    Map<String, JsonStream.Value> descriptor = Map.of(
        "name", json.into(head, "scanner"),
        "version", json.into(head, "version"),
        "timestamp", json.into(head, "time"),
        "configuration", () -> configuration(json),
        "db", () -> database(json));
    return Map.of(
        "matches", () -> matches(json),
        "source", () -> source(json),
        "distro",
            () -> json.object(
                Map.of("name", json.into(head, "distro"), "version", json.into(head, "release"))),
        "alertsByPackage", () -> alerts(json),
        "descriptor", () -> json.object(descriptor));
  }

  private void matches(JsonStream json) throws IOException {
    hasMatches = true;
    json.array(() -> {
      anyMatch = true;
      json.skip();
    });
  }

  private void configuration(JsonStream json) throws IOException {
    if (json.isObject()) {
      json.object(Map.of(
          "only-fixed", () -> onlyFixed = json.bool(),
          "only-notfixed", () -> onlyNotFixed = json.bool()));
    } else {
      json.skip();
    }
  }

  // Where its date stands has changed: db.built, then db.status.built.
  private void database(JsonStream json) throws IOException {
    JsonStream.Value built = json.into(head, "database");
    json.object(Map.of("built", built, "status", () -> json.object(Map.of("built", built))));
  }

  private void source(JsonStream json) throws IOException {
    Map<String, JsonStream.Value> target = Map.of(
        "userInput", json.into(head, "name"),
        "imageID", json.into(head, "image"),
        "manifestDigest", json.addTo(digests),
        "repoDigests", () -> json.strings().forEach(d -> digests.add(Digests.of(d))),
        "layers", () -> json.array(() -> json.object(Map.of("digest", json.addTo(layers)))));
    json.object(Map.of("type", json.into(head, "type"), "target", () -> {
      if (json.isObject()) {
        json.object(target);
      } else {
        head.put("name", json.string());
      }
    }));
  }

  private void alerts(JsonStream json) throws IOException {
    if (!json.isArray()) {
      json.skip();
      return;
    }
    json.array(() -> json.object(Map.of(
        "alerts",
        () -> json.array(() -> json.object(Map.of("type", () -> {
          String type = json.string();
          if (ALERTS.containsKey(type)) {
            alerts.add(type);
          }
        }))))));
  }

  @Override
  public boolean recognised() {
    return hasMatches && get("scanner").equals("grype");
  }

  @Override
  public Artifact artifact() {
    Artifact.Kind kind = switch (get("type")) {
      case "image", "oci-model" -> Artifact.Kind.IMAGE;
      case "directory", "file", "snap", "sbom-file" -> Artifact.Kind.FILES;
      default -> Artifact.Kind.UNKNOWN;
    };
    return new Artifact(
        kind, get("name"), Optional.of(get("image")).filter(i -> !i.isEmpty()), digests, layers);
  }

  private String get(String name) {
    return head.getOrDefault(name, "");
  }

  @Override
  public Map<String, JsonStream.Value> body(JsonStream json, Collector collector) {
    Match match = new Match(json);
    return Map.of(
        "matches", () -> json.array(() -> collector.add(match.read())),
        "ignoredMatches",
            () -> json.array(() -> {
              Problem problem = match.read();
              collector.suppressed(problem.text() + " by Grype" + match.rule());
            }));
  }

  /** Reads matches one after the other into the same holders. */
  private static final class Match {
    private final JsonStream json;
    private final Map<String, String> item = new HashMap<>();
    private final List<String> related = new ArrayList<>();
    private final List<String> fixes = new ArrayList<>();
    private final List<String> upstreams = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private final Map<String, JsonStream.Value> members;

    Match(JsonStream json) {
      this.json = json;
      Map<String, JsonStream.Value> vulnerability = Map.of(
          "id", json.into(item, "id"),
          "namespace", json.into(item, "namespace"),
          "severity", json.into(item, "severity"),
          "fix",
              () -> json.object(Map.of(
                  "versions",
                  () -> fixes.addAll(json.strings()),
                  "state",
                  json.into(item, "state"))));
      Map<String, JsonStream.Value> artifact = Map.ofEntries(
          entry("name", json.into(item, "name")),
          entry("version", json.into(item, "version")),
          entry("type", json.into(item, "type")),
          entry("language", json.into(item, "language")),
          entry("purl", json.into(item, "purl")),
          entry("upstreams", each("name", upstreams)),
          entry("locations", each("path", paths)));
      Map<String, JsonStream.Value> rule = Map.of(
          "vulnerability", json.into(item, "rule"),
          "reason", json.into(item, "reason"),
          "vex-status", json.into(item, "vex"));
      this.members = Map.of(
          "vulnerability", () -> json.object(vulnerability),
          "relatedVulnerabilities", each("id", related),
          "matchDetails", each("type", types),
          "artifact", () -> json.object(artifact),
          "appliedIgnoreRules", () -> json.array(() -> json.object(rule)));
    }

    /** Reads one member of every object of an array. */
    private JsonStream.Value each(String name, List<String> values) {
      return () -> json.array(() -> json.object(Map.of(name, json.addTo(values))));
    }

    Problem read() throws IOException {
      item.clear();
      List.of(related, fixes, upstreams, paths, types).forEach(List::clear);
      json.object(members);
      String severity = item.getOrDefault("severity", "");
      return new Problem(
          Problem.Kind.VULNERABILITY,
          item.getOrDefault("id", ""),
          List.copyOf(related),
          Severity.of(severity.isEmpty() ? "Unknown" : severity)
              .orElseThrow(() -> json.error("a severity of Grype's, not \"" + severity + "\"")),
          fix(),
          new Problem.Part(
              item.getOrDefault("name", ""),
              item.getOrDefault("version", ""),
              item.getOrDefault("type", ""),
              item.getOrDefault("language", ""),
              item.getOrDefault("purl", ""),
              List.copyOf(upstreams),
              List.copyOf(paths)),
          item.getOrDefault("namespace", ""),
          item.getOrDefault("state", ""),
          List.copyOf(types));
    }

    private String fix() {
      return fixes.isEmpty()
          ? item.getOrDefault("state", "").replace("wont-fix", "will not fix")
          : "fixed in " + String.join(", ", fixes);
    }

    String rule() {
      String reason = item.getOrDefault("reason", "");
      String vex = item.getOrDefault("vex", "");
      return (vex.isEmpty() ? "" : " as " + vex) + (reason.isEmpty() ? "" : ": " + reason);
    }
  }

  @Override
  public ScanReport report(String file, ScanReport.Found found) {
    String version = get("version");
    return new ScanReport(
        file,
        ("Grype " + (version.startsWith("[") ? "" : version)).strip(),
        artifact(),
        Times.parse(get("time")),
        Times.parse(get("database")),
        doubts(),
        remarks(),
        found);
  }

  private List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    Artifact.Kind kind = artifact().kind();
    String system = (get("distro") + " " + get("release")).strip();
    if (kind == Artifact.Kind.UNKNOWN) {
      doubts.add("its source is \"" + get("type") + "\", which is no image and no files");
    }
    if (kind == Artifact.Kind.IMAGE && get("distro").isEmpty()) {
      doubts.add("Grype recognised no operating system");
    }
    if (kind == Artifact.Kind.FILES && get("distro").isEmpty() && !anyMatch) {
      doubts.add("it is empty, and nothing in it shows that any package was recognised");
    }
    alerts.forEach(type ->
        doubts.add((system.isEmpty() ? "the operating system" : system) + " " + ALERTS.get(type)));
    return doubts;
  }

  private List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (onlyFixed) {
      remarks.add("Grype was told to leave out what has no fix yet (--only-fixed)");
    }
    if (onlyNotFixed) {
      remarks.add("Grype was told to leave out what has a fix (--only-notfixed)");
    }
    return remarks;
  }
}
