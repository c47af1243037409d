package io.treza.audit.internal.scan;

import io.treza.audit.Severity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Trivy's and Grype's SARIF 2.1.0. It says less than their JSON: nothing of the operating system,
 * and severities only in text and tags, as SARIF's own level cannot tell high from critical.
 */
final class Sarif implements ReportFormat {
  private static final int MAX_RULES = 20_000;
  private static final Pattern DIGEST = Pattern.compile("@(sha256:[0-9a-f]{64})");
  private static final Pattern LINE = Pattern.compile(
      "(?m)^(Vulnerability|Severity|Package|(?:Installed )?Version|Fix(?:ed)? Version"
          + "|Secret|Misconfiguration|Type|Location)(?::| ) ?([^\\n\\r]{1,200})$");

  /** What a rule says of every result that names it. */
  private record Rule(
      Problem.Kind kind, String id, Optional<Severity> severity, Map<String, String> text) {}

  private final Map<String, String> head = new HashMap<>();
  private final Map<String, Rule> rules = new HashMap<>();
  private final List<String> ruleIds = new ArrayList<>();
  private final List<String> digests = new ArrayList<>();
  private int runs;

  @Override
  public Map<String, JsonStream.Value> head(JsonStream json) {
    Map<String, JsonStream.Value> driver = Map.of(
        "name", json.into(head, "scanner"),
        "version", json.into(head, "version"),
        "rules", () -> json.array(() -> rule(json)));
    Map<String, JsonStream.Value> properties = Map.of(
        "imageID", json.into(head, "image"),
        "imageName", json.into(head, "name"),
        "repoDigests", () -> json.strings().forEach(d -> digests.add(Digests.of(d))));
    Map<String, JsonStream.Value> run = Map.of(
        "tool", () -> json.object(Map.of("driver", () -> json.object(driver))),
        "properties", () -> json.object(properties),
        "results",
            () -> json.array(() -> json.object(Map.of("locations", () -> firstDigest(json)))));
    return Map.of(
        "runs",
        () -> json.array(() -> {
          runs++;
          json.object(run);
        }));
  }

  /** Grype names the image in every location. */
  private void firstDigest(JsonStream json) throws IOException {
    if (!digests.isEmpty()) {
      json.skip();
      return;
    }
    json.array(() -> json.object(Map.of(
        "logicalLocations",
        () -> json.array(() -> json.object(Map.of("fullyQualifiedName", () -> {
          Matcher digest = DIGEST.matcher(json.string());
          if (digest.find() && digests.isEmpty()) {
            digests.add(digest.group(1));
          }
        }))))));
  }

  private void rule(JsonStream json) throws IOException {
    Map<String, String> rule = new HashMap<>();
    Map<String, String> text = new HashMap<>();
    List<String> tags = new ArrayList<>();
    json.object(Map.of(
        "id", json.into(rule, "id"),
        "help", () -> json.object(Map.of("text", () -> text.putAll(lines(json.string())))),
        "properties", () -> json.object(Map.of("tags", () -> tags.addAll(json.strings())))));
    if (ruleIds.size() >= MAX_RULES) {
      throw json.error("at most " + MAX_RULES + " rules");
    }
    String id = rule.getOrDefault("id", "");
    Optional<Severity> severity =
        tags.stream().flatMap(t -> Severity.of(t).stream()).findFirst();
    ruleIds.add(id);
    rules.put(
        id,
        new Rule(
            kind(tags),
            text.getOrDefault("Vulnerability", id),
            severity.or(() -> Severity.of(text.getOrDefault("Severity", ""))),
            text));
  }

  private static Problem.Kind kind(List<String> tags) {
    for (Problem.Kind kind : Problem.Kind.values()) {
      if (tags.contains(kind.word())) {
        return kind;
      }
    }
    return Problem.Kind.VULNERABILITY;
  }

  private static Map<String, String> lines(String text) {
    Map<String, String> lines = new HashMap<>();
    Matcher line = LINE.matcher(text);
    while (line.find()) {
      String name = line.group(1).replace("Fixed Version", "Fix Version");
      lines.putIfAbsent(
          name.replace("Installed Version", "Version"), line.group(2).strip());
    }
    return lines;
  }

  @Override
  public boolean recognised() {
    return runs > 0;
  }

  @Override
  public Artifact artifact() {
    String image = head.getOrDefault("image", "");
    return new Artifact(
        image.isEmpty() && digests.isEmpty() ? Artifact.Kind.UNKNOWN : Artifact.Kind.IMAGE,
        head.getOrDefault("name", ""),
        Optional.of(image).filter(i -> !i.isEmpty()),
        digests,
        List.of());
  }

  @Override
  public Map<String, JsonStream.Value> body(JsonStream json, Collector collector) {
    return Map.of(
        "runs",
        () -> json.array(() ->
            json.object(Map.of("results", () -> json.array(() -> collector.add(result(json)))))));
  }

  private Problem result(JsonStream json) throws IOException {
    Map<String, String> result = new HashMap<>();
    JsonStream.Value id = json.into(result, "rule");
    JsonStream.Value index = () -> result.put("index", Integer.toString(json.number()));
    json.object(Map.of(
        "ruleId",
        id,
        "ruleIndex",
        index,
        "rule",
        () -> json.object(Map.of("id", id, "index", index)),
        "level",
        json.into(result, "level"),
        "message",
        () -> json.object(Map.of("text", json.into(result, "text"))),
        "locations",
        () -> json.array(() -> json.object(Map.of(
            "physicalLocation",
            () -> json.object(Map.of(
                "artifactLocation",
                () -> json.object(Map.of("uri", json.into(result, "path"))))))))));
    String name = result.containsKey("rule")
        ? result.get("rule")
        : at(Integer.parseInt(result.getOrDefault("index", "-1")));
    Rule rule = rules.getOrDefault(
        name, new Rule(Problem.Kind.VULNERABILITY, name, Optional.empty(), Map.of()));
    Map<String, String> text = new HashMap<>(rule.text());
    text.putAll(lines(result.getOrDefault("text", "")));
    String fixed = text.getOrDefault("Fix Version", "");
    String path = result.getOrDefault("path", "");
    return new Problem(
        rule.kind(),
        rule.id(),
        List.of(),
        rule.severity()
            .or(() -> Severity.of(text.getOrDefault("Severity", "")))
            .orElseGet(() -> ofLevel(result.getOrDefault("level", "warning"))),
        fixed.isEmpty() ? "" : "fixed in " + fixed,
        new Problem.Part(
            text.getOrDefault("Package", ""),
            text.getOrDefault("Version", ""),
            text.getOrDefault("Type", ""),
            "",
            "",
            List.of(),
            path.isEmpty() ? List.of() : List.of(path)),
        "",
        "",
        List.of());
  }

  private String at(int index) {
    return index >= 0 && index < ruleIds.size() ? ruleIds.get(index) : "";
  }

  // What both scanners map to a level, at its least.
  private static Severity ofLevel(String level) {
    return switch (level) {
      case "error" -> Severity.HIGH;
      case "warning" -> Severity.MEDIUM;
      default -> Severity.LOW;
    };
  }

  @Override
  public ScanReport report(String file, ScanReport.Found found) {
    String scanner = head.getOrDefault("scanner", "");
    String name = scanner.toLowerCase(Locale.ROOT);
    List<String> doubts = new ArrayList<>();
    if (!name.equals("trivy") && !name.equals("grype")) {
      doubts.add("it is SARIF of \"" + scanner + "\", and Trivy's and Grype's is what is known");
    }
    doubts.add("SARIF does not say which operating system was recognised, and whether it still gets"
        + " updates; give the scanner's JSON");
    String version = head.getOrDefault("version", "");
    return new ScanReport(
        file,
        (scanner + " " + version).strip(),
        artifact(),
        Optional.empty(),
        Optional.empty(),
        doubts,
        List.of(),
        found);
  }
}
