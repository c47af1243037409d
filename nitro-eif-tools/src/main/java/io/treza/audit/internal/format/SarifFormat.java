package io.treza.audit.internal.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.AuditReport;
import io.treza.audit.CheckId;
import io.treza.audit.CheckResult;
import io.treza.audit.Finding;
import io.treza.audit.InEnclave;
import io.treza.audit.Judgement;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.Subject;
import io.treza.audit.SubjectReport;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * SARIF 2.1.0 as code scanning shows it: a rule for each id, and a result with a place in a file of
 * the repository for each finding that fails or warns. What a policy accepts is there, suppressed.
 * What was not conclusive is left out unless the policy fails it, since there is no line to mend.
 */
public final class SarifFormat {
  private static final String SCHEMA =
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

  private final AuditReport report;
  private final Map<String, Integer> rules = new HashMap<>();
  private final ArrayNode ruleNodes = JsonNodeFactory.instance.arrayNode();
  private final ArrayNode results = JsonNodeFactory.instance.arrayNode();
  private final Map<String, Integer> fingerprints = new HashMap<>();

  private SarifFormat(AuditReport report) {
    this.report = report;
  }

  public static String of(AuditReport report) {
    SarifFormat format = new SarifFormat(report);
    report.subjects().forEach(format::subject);
    return JsonFormat.write(format.log());
  }

  private ObjectNode log() {
    ObjectNode log = JsonNodeFactory.instance.objectNode();
    log.put("$schema", SCHEMA);
    log.put("version", "2.1.0");
    ObjectNode run = log.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    driver.put("name", "treza");
    driver.set("rules", ruleNodes);
    run.putObject("automationDetails").put("id", "treza-image-audit/");
    run.put("columnKind", "utf16CodeUnits");
    run.set("results", results);
    return log;
  }

  private void subject(SubjectReport subject) {
    for (CheckResult check : subject.checks()) {
      for (Judgement judgement : check.judgements()) {
        if (isShown(judgement)) {
          results.add(result(subject.subject(), judgement, check.inEnclave()));
        }
      }
    }
  }

  private boolean isShown(Judgement judgement) {
    Result original = judgement.finding().result();
    return judgement.result() == Result.WARN
        || judgement.result() == Result.FAIL
        || report.policy().failing().contains(judgement.result())
        || (isSuppressed(judgement) && original != Result.INCONCLUSIVE);
  }

  /** Whether a policy accepts it. */
  private static boolean isSuppressed(Judgement judgement) {
    return judgement.result() == Result.PASS && judgement.finding().result() != Result.PASS;
  }

  private String level(Judgement judgement) {
    Result result = isSuppressed(judgement) ? judgement.finding().result() : judgement.result();
    return report.policy().failing().contains(result) ? "error" : "warning";
  }

  private ObjectNode result(Subject subject, Judgement judgement, InEnclave inEnclave) {
    Finding finding = judgement.finding();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("ruleId", finding.id());
    node.put("ruleIndex", rule(finding, inEnclave));
    node.put("level", level(judgement));
    List<String> text = new ArrayList<>();
    text.add(finding.message());
    String place = finding.location().toString();
    boolean named = finding.location() instanceof Location.Line;
    if (!named && !place.isEmpty()) {
      text.add("At " + place + ".");
    }
    judgement.reason().ifPresent(reason -> text.add("As " + reason + "."));
    if (!finding.fix().isEmpty()) {
      text.add("To do: " + finding.fix());
    }
    node.putObject("message")
        .put("text", text.stream().map(SarifFormat::literal).collect(Collectors.joining("\n")));
    node.putArray("locations").add(location(subject, finding.location()));
    node.putObject("partialFingerprints")
        .put("trezaFinding/v1", fingerprint(name(subject), finding));
    if (isSuppressed(judgement)) {
      ObjectNode suppression = node.putArray("suppressions").addObject();
      suppression.put("kind", "external");
      suppression.put("justification", judgement.reason().orElse(""));
    }
    node.putObject("properties").put("subject", name(subject));
    return node;
  }

  /**
   * Text from files that anybody may have written, on one line: without the brackets of a link
   * (section 3.11.6), the braces of a placeholder (3.11.5), and what steers a terminal.
   */
  private static String literal(String text) {
    StringBuilder literal = new StringBuilder();
    text.codePoints().forEach(c -> {
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        literal.append(' ');
      } else if (c == '[' || c == ']') {
        literal.append('\\').append((char) c);
      } else if (c == '{' || c == '}') {
        literal.append((char) c).append((char) c);
      } else {
        literal.appendCodePoint(c);
      }
    });
    return literal.toString();
  }

  private int rule(Finding finding, InEnclave inEnclave) {
    return rules.computeIfAbsent(finding.id(), id -> {
      CheckId check = finding.check();
      ObjectNode rule = ruleNodes.addObject();
      rule.put("id", id);
      rule.putObject("shortDescription").put("text", check + ": " + check.title());
      rule.putObject("fullDescription").put("text", check.why());
      String inside = "In an enclave: " + inEnclave.text() + ".";
      String fix = check.fix().isEmpty() ? "" : "To do: " + check.fix();
      ObjectNode help = rule.putObject("help");
      help.put("text", String.join("\n", check.why(), inside, fix).strip());
      help.put(
          "markdown",
          String.join("\n\n", "**" + check.title() + "**", check.why(), inside, fix)
              .strip());
      ObjectNode properties = rule.putObject("properties");
      properties.put("precision", "high");
      properties.putArray("tags").add("security").add("container").add(inEnclave.name());
      return ruleNodes.size() - 1;
    });
  }

  private ObjectNode location(Subject subject, Location location) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    int line = 1;
    String file = report.dockerfile().orElseGet(() -> file(subject));
    if (location instanceof Location.Line at) {
      file = at.file();
      line = at.line();
    } else if (location instanceof Location.Node at) {
      file = at.file();
      line = Math.max(1, at.line());
    } else if (!location.toString().isEmpty()) {
      node.putArray("logicalLocations").addObject().put("fullyQualifiedName", location.toString());
    }
    ObjectNode physical = node.putObject("physicalLocation");
    physical.set("artifactLocation", SarifUri.of(file));
    physical.putObject("region").put("startLine", Math.max(1, line));
    return node;
  }

  private static String file(Subject subject) {
    if (subject instanceof Subject.Image image) {
      return image.name();
    } else if (subject instanceof Subject.DockerfileOnly dockerfile) {
      return dockerfile.file();
    } else if (subject instanceof Subject.ReportsOnly reports) {
      return reports.file();
    }
    return ((Subject.Workload) subject).file();
  }

  private static String name(Subject subject) {
    return SubjectText.of(subject);
  }

  /** The same for the same finding when lines move and layers change. */
  private String fingerprint(String subject, Finding finding) {
    String key = String.join(
        "\n", subject, finding.id(), String.join("\n", finding.location().names()));
    int ordinal = fingerprints.merge(key, 1, Integer::sum);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest((key + "\n" + ordinal).getBytes(UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
