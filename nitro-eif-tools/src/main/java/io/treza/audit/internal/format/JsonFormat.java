package io.treza.audit.internal.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.AuditReport;
import io.treza.audit.CheckResult;
import io.treza.audit.Finding;
import io.treza.audit.Judgement;
import io.treza.audit.Location;
import io.treza.audit.Subject;
import io.treza.audit.SubjectReport;

/** The JSON that programs read, and that is signed: members in a fixed order, no clock. */
public final class JsonFormat {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonFormat() {}

  public static String array(AuditReport report) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    report.subjects().forEach(subject -> array.add(node(report, subject)));
    return write(array);
  }

  public static String object(AuditReport report, SubjectReport subject) {
    return write(node(report, subject));
  }

  /** As text with two spaces a level, whatever the machine. */
  static String write(JsonNode node) {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter(Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER))
        .withObjectIndenter(new DefaultIndenter("  ", "\n"))
        .withArrayIndenter(new DefaultIndenter("  ", "\n"));
    try {
      return MAPPER.writer(printer).writeValueAsString(node) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree always serialises", e);
    }
  }

  private static ObjectNode node(AuditReport report, SubjectReport subject) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.set("subject", subject(subject.subject()));
    node.put("passed", report.policy().passes(subject));
    node.put("policy", report.policy().name());
    ArrayNode scans = node.putArray("scans");
    if (!(subject.subject() instanceof Subject.Workload)) {
      for (AuditReport.Scan scan : report.scans()) {
        ObjectNode item = scans.addObject();
        item.put("file", scan.file());
        item.put("scanner", scan.scanner());
        item.put("time", scan.time().map(Object::toString).orElse(null));
      }
    }
    ArrayNode checks = node.putArray("checks");
    subject.checks().forEach(check -> checks.add(check(check)));
    return node;
  }

  private static ObjectNode subject(Subject subject) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (subject instanceof Subject.Image image) {
      node.put("type", "image");
      node.put("name", image.name());
      node.put("configDigest", image.configDigest());
      node.put("manifestDigest", image.manifestDigest().orElse(null));
    } else if (subject instanceof Subject.DockerfileOnly dockerfile) {
      node.put("type", "dockerfile");
      node.put("file", dockerfile.file());
    } else if (subject instanceof Subject.ReportsOnly reports) {
      node.put("type", "scan-report");
      node.put("file", reports.file());
    } else if (subject instanceof Subject.Workload workload) {
      node.put("type", "workload");
      node.put("file", workload.file());
      node.put("kind", workload.kind());
      node.put("namespace", workload.namespace().orElse(null));
      node.put("name", workload.name());
    }
    return node;
  }

  private static ObjectNode check(CheckResult check) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", check.check().name());
    node.put("title", check.check().title());
    node.put("result", check.result().name());
    node.put("inEnclave", check.inEnclave().name());
    ArrayNode evidence = node.putArray("evidence");
    check.judgements().forEach(judgement -> evidence.add(judgement(judgement)));
    node.put("why", check.check().why());
    node.put("fix", check.fix());
    return node;
  }

  private static ObjectNode judgement(Judgement judgement) {
    Finding finding = judgement.finding();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", finding.id());
    node.put("result", judgement.result().name());
    judgement.reason().ifPresent(reason -> {
      node.put("original", finding.result().name());
      node.put("reason", reason);
    });
    node.put("message", finding.message());
    ObjectNode location = location(finding.location());
    if (!location.isEmpty()) {
      node.set("location", location);
    }
    if (!finding.fix().isEmpty()) {
      node.put("fix", finding.fix());
    }
    return node;
  }

  private static ObjectNode location(Location location) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (location instanceof Location.ImageFile file) {
      node.put("path", "/" + file.path());
      file.layer().ifPresent(layer -> node.put("layer", layer));
    } else if (location instanceof Location.Configuration configuration) {
      node.put("configuration", configuration.member());
    } else if (location instanceof Location.Line line) {
      node.put("file", line.file());
      node.put("line", line.line());
    } else if (location instanceof Location.Node at) {
      node.put("file", at.file());
      if (at.line() > 0) {
        node.put("line", at.line());
      }
      if (!at.path().isEmpty()) {
        node.put("path", at.path());
      }
    }
    return node;
  }
}
