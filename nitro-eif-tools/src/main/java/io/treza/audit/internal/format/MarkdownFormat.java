package io.treza.audit.internal.format;

import io.treza.audit.AuditReport;
import io.treza.audit.CheckResult;
import io.treza.audit.Judgement;
import io.treza.audit.Result;
import io.treza.audit.SubjectReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Markdown for a comment on a pull request: what fails first, the rest folded. */
public final class MarkdownFormat {
  private static final int LISTED = 5;
  private static final int LONGEST = 500;

  private final AuditReport report;
  private final StringBuilder out = new StringBuilder();

  private MarkdownFormat(AuditReport report) {
    this.report = report;
  }

  public static String of(AuditReport report) {
    MarkdownFormat format = new MarkdownFormat(report);
    format.line("# Image audit: " + (report.passes() ? "passed" : "failed"));
    report.subjects().forEach(format::subject);
    return format.out.toString();
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  private void subject(SubjectReport subject) {
    line("");
    line("## " + escaped(SubjectText.of(subject.subject())));
    List<CheckResult> failing = new ArrayList<>();
    List<CheckResult> rest = new ArrayList<>();
    for (CheckResult check : subject.checks()) {
      (report.policy().failing().contains(check.result()) ? failing : rest).add(check);
    }
    line("");
    line(counts(subject));
    if (!failing.isEmpty()) {
      line("");
      table(failing);
    }
    line("");
    line("<details><summary>The other " + rest.size() + " checks</summary>");
    line("");
    table(rest);
    line("");
    line("</details>");
  }

  private static String counts(SubjectReport subject) {
    List<String> counts = new ArrayList<>();
    for (Result result : List.of(
        Result.FAIL, Result.WARN, Result.INCONCLUSIVE, Result.PASS, Result.NOT_APPLICABLE)) {
      long count = subject.checks().stream().filter(c -> c.result() == result).count();
      if (count > 0) {
        counts.add(count + " " + word(result));
      }
    }
    return String.join(", ", counts) + ".";
  }

  private static String word(Result result) {
    return switch (result) {
      case FAIL -> "failed";
      case WARN -> "warned";
      case PASS -> "passed";
      case INCONCLUSIVE, NOT_APPLICABLE ->
        result.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }

  private void table(List<CheckResult> checks) {
    line("| Check | Result | In an enclave | What was seen | To do |");
    line("|---|---|---|---|---|");
    for (CheckResult check : checks) {
      line("| " + check.check() + " " + escaped(check.check().title())
          + " | " + (check.result() == Result.FAIL ? "**FAIL**" : check.result().name())
          + " | " + check.inEnclave().text()
          + " | " + evidence(check)
          + " | " + escaped(check.fix()) + " |");
    }
  }

  private static String evidence(CheckResult check) {
    List<String> lines = new ArrayList<>();
    for (Judgement judgement : check.judgements()) {
      if (judgement.result() == check.result() || judgement.reason().isPresent()) {
        String place = judgement.finding().location().toString();
        lines.add((place.isEmpty() ? "" : escaped(place) + ": ")
            + escaped(judgement.finding().message())
            + judgement.reason().map(r -> " (" + escaped(r) + ")").orElse(""));
      }
    }
    List<String> listed = lines.subList(0, Math.min(LISTED, lines.size()));
    return String.join("<br>", listed)
        + (lines.size() > LISTED ? "<br>and " + (lines.size() - LISTED) + " more" : "");
  }

  /** Text from files that anybody may have written: it formats nothing and mentions nobody. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    String start = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    start.codePoints().forEach(c -> {
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        escaped.append(' ');
      } else if ("<>&@#|\"'".indexOf(c) >= 0) {
        escaped.append("&#").append(c).append(';');
      } else if ("\\`*_{}[]()~!".indexOf(c) >= 0) {
        escaped.append('\\').appendCodePoint(c);
      } else {
        escaped.appendCodePoint(c);
      }
    });
    return escaped.toString();
  }
}
