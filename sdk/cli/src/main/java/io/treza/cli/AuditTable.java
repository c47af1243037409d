package io.treza.cli;

import io.treza.audit.AuditReport;
import io.treza.audit.CheckResult;
import io.treza.audit.InEnclave;
import io.treza.audit.Judgement;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.Subject;
import io.treza.audit.SubjectReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An audit for people at a terminal: what is wrong in full, the rest in a line each. */
final class AuditTable {
  private static final int RESULT = "INCONCLUSIVE".length() + 2;
  private static final int LISTED = 5;
  private static final List<Result> ORDER =
      List.of(Result.FAIL, Result.WARN, Result.INCONCLUSIVE, Result.PASS, Result.NOT_APPLICABLE);

  private final boolean colour;
  private final StringBuilder out = new StringBuilder();

  private AuditTable(boolean colour) {
    this.colour = colour;
  }

  static String of(AuditReport report, boolean colour) {
    AuditTable table = new AuditTable(colour);
    report.subjects().forEach(table::subject);
    table.line(report.passes() ? "PASSED" : "FAILED: a check failed the policy");
    return table.out.toString();
  }

  private void line(String text) {
    out.append(text).append(System.lineSeparator());
  }

  private void subject(SubjectReport subject) {
    line(Printable.text(title(subject.subject())));
    Map<String, List<CheckResult>> undecided = new LinkedHashMap<>();
    for (Result result : ORDER) {
      for (CheckResult check : subject.checks()) {
        if (check.result() == result) {
          if (isWithoutEvidence(check)) {
            undecided.computeIfAbsent(check.fix(), f -> new ArrayList<>()).add(check);
          } else {
            check(check);
          }
        }
      }
    }
    undecided.forEach(this::undecided);
    line(ORDER.stream()
        .map(r -> subject.checks().stream().filter(c -> c.result() == r).count() + " " + r)
        .filter(count -> !count.startsWith("0 "))
        .collect(Collectors.joining(", ")));
    line("");
  }

  private static String title(Subject subject) {
    if (subject instanceof Subject.Image image) {
      return "image " + image.name() + "  " + image.configDigest();
    } else if (subject instanceof Subject.DockerfileOnly dockerfile) {
      return "Dockerfile " + dockerfile.file() + " (the image was not seen)";
    } else if (subject instanceof Subject.ReportsOnly reports) {
      return "scan report " + reports.file() + " (the image was not seen)";
    }
    Subject.Workload workload = (Subject.Workload) subject;
    return workload.kind() + " " + workload.namespace().map(n -> n + "/").orElse("")
        + workload.name() + "  " + workload.file();
  }

  private static boolean isWithoutEvidence(CheckResult check) {
    return check.result() == Result.INCONCLUSIVE
        && check.judgements().size() == 1
        && check.judgements().get(0).finding().location() instanceof Location.Whole;
  }

  /** Checks that the same further evidence would decide. */
  private void undecided(String remedy, List<CheckResult> checks) {
    String name = Result.INCONCLUSIVE.name();
    line(coloured(Result.INCONCLUSIVE, name)
        + " ".repeat(RESULT - name.length())
        + checks.stream().map(c -> c.check().name()).collect(Collectors.joining(" ")));
    checks.stream()
        .map(c -> c.judgements().get(0).finding().message())
        .distinct()
        .limit(LISTED)
        .forEach(this::detail);
    if (!remedy.isEmpty()) {
      detail("To do: " + remedy);
    }
  }

  private void check(CheckResult check) {
    Result result = check.result();
    String name = result == Result.NOT_APPLICABLE ? "n/a" : result.name();
    String inside = check.inEnclave() == InEnclave.NO_EFFECT ? "  (no effect inside)" : "";
    line(coloured(result, name) + " ".repeat(RESULT - name.length()) + check.check() + "  "
        + check.check().title() + inside);
    if (result == Result.NOT_APPLICABLE) {
      return;
    }
    List<Judgement> shown = check.judgements().stream()
        .filter(j -> j.result() == result || j.reason().isPresent())
        .toList();
    shown.stream().limit(result == Result.PASS ? 1 : LISTED).forEach(this::judgement);
    if (result != Result.PASS && shown.size() > LISTED) {
      detail("and " + (shown.size() - LISTED) + " more; --format json has them all");
    }
    if ((result == Result.FAIL || result == Result.WARN) && !check.fix().isEmpty()) {
      detail("To do: " + check.fix());
    }
  }

  private void judgement(Judgement judgement) {
    String place = judgement.finding().location().toString();
    detail((place.isEmpty() ? "" : place + ": ")
        + judgement.finding().message()
        + judgement.reason().map(r -> " [" + r + "]").orElse(""));
  }

  private void detail(String text) {
    line(" ".repeat(RESULT) + Printable.text(text));
  }

  private String coloured(Result result, String name) {
    if (!colour) {
      return name;
    }
    int code = switch (result) {
      case FAIL -> 31;
      case WARN -> 33;
      case INCONCLUSIVE -> 36;
      case PASS -> 32;
      case NOT_APPLICABLE -> 2;
    };
    return "\u001b[" + code + "m" + name + "\u001b[0m";
  }
}
