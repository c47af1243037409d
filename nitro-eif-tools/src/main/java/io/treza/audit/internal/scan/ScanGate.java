package io.treza.audit.internal.scan;

import io.treza.audit.AuditReport;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import io.treza.audit.Result;
import io.treza.audit.Severity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What scanners' reports come to: the gate (H07, P05) and secrets (H04).
 *
 * <p>What is as severe as the threshold fails, be it a vulnerability, a secret or a
 * misconfiguration, as it does in the scanners. A report that finds nothing passes only if it can
 * have found something: of this image, recent, of an operating system that is recognised and still
 * gets updates.
 *
 * @param image that reports must be about; if none was seen, every report is about what it says
 * @param severity from which on findings fail
 * @param maxAge of the scan and of its list of vulnerabilities
 * @param now judges the age
 */
public record ScanGate(
    Optional<AuditedImage> image, Severity severity, Optional<Duration> maxAge, Instant now) {
  // Clocks of different machines.
  private static final Duration SKEW = Duration.ofMinutes(5);
  private static final String FIX =
      "Update or remove what is named, build again, and scan the new image.";
  private static final String SCAN =
      "Scan this image now: trivy image --format json --output report.json IMAGE";

  /** A report that was read: whose it is, and what it comes to. */
  public record Scanned(AuditReport.Scan scan, List<Finding> findings) {
    public Scanned {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Reads and judges a report.
   *
   * @param name of the report, for findings
   * @throws io.treza.audit.AuditException if it is malformed
   */
  public Scanned judge(String name, Path file, Suppressions suppressions) throws IOException {
    ScanReport report = ScanReports.read(name, file, suppressions);
    List<Finding> findings = new ArrayList<>(findings(report));
    if (report.found().suppressed() > 0) {
      findings.add(suppressed(report));
    }
    return new Scanned(
        new AuditReport.Scan(report.file(), report.scanner(), report.time()), findings);
  }

  /** What was given to leave findings out and does not apply. */
  public static List<Finding> remarks(Suppressions suppressions) {
    return suppressions.remarks().stream()
        .map(remark -> Finding.of("H07-suppressed", Result.PASS, "not applied: " + shown(remark)))
        .toList();
  }

  private List<Finding> findings(ScanReport report) {
    Optional<String> other = otherThanTheImage(report);
    if (other.isPresent()) {
      return both(report, Result.INCONCLUSIVE, other.get(), SCAN);
    }
    List<Finding> findings = new ArrayList<>(secrets(report));
    for (String remark : report.remarks()) {
      findings.add(finding(report, "H07-filter", Result.WARN, remark, "Scan without the filter."));
    }
    List<String> doubts = new ArrayList<>(report.doubts());
    doubts.addAll(ageDoubts(report));
    long failing = 0;
    for (Problem.Kind kind : Problem.Kind.values()) {
      failing += report.found().count(kind, severity);
    }
    if (failing > 0) {
      findings.addAll(both(report, Result.FAIL, worst(report), FIX));
    }
    if (!doubts.isEmpty()) {
      findings.addAll(both(
          report,
          Result.INCONCLUSIVE,
          "not conclusive: "
              + doubts.stream().map(ScanGate::shown).collect(Collectors.joining("; ")),
          "Scan again so that the report can tell."));
    } else if (failing == 0) {
      findings.addAll(both(report, Result.PASS, passed(report), ""));
    }
    return findings;
  }

  /** Why the report says nothing about the image, if so. */
  private Optional<String> otherThanTheImage(ScanReport report) {
    Artifact artifact = report.artifact();
    if (image.isEmpty() || report.scanner().isEmpty()) {
      return Optional.empty();
    }
    if (artifact.kind() == Artifact.Kind.FILES) {
      return Optional.of("about files (" + shown(artifact.name()) + "), not about the image");
    }
    if (image.get().sameAs(artifact).isPresent()) {
      return Optional.empty();
    }
    String id = artifact
        .imageId()
        .or(() -> artifact.digests().stream().findFirst())
        .orElse("one that it does not identify");
    return Optional.of(
        "about another image: " + shown(artifact.name() + " " + id).strip() + ", and this is "
            + image.get().configDigest());
  }

  private List<String> ageDoubts(ScanReport report) {
    if (maxAge.isEmpty() || report.scanner().isEmpty()) {
      return List.of();
    }
    if (report.time().isEmpty()) {
      return List.of("it does not say when it was made");
    }
    List<String> doubts = new ArrayList<>();
    age("it was made on ", report.time(), doubts);
    age("its list of vulnerabilities is of ", report.databaseTime(), doubts);
    return doubts;
  }

  private void age(String what, Optional<Instant> time, List<String> doubts) {
    time.ifPresent(then -> {
      Duration age = Duration.between(then, now);
      if (age.compareTo(maxAge.orElseThrow()) > 0) {
        doubts.add(what + then + ", " + age.toDays() + " days ago, and "
            + days(maxAge.orElseThrow()) + " is the most");
      } else if (age.compareTo(SKEW.negated()) < 0) {
        doubts.add(what + then + ", which is in the future");
      }
    });
  }

  private static String days(Duration duration) {
    return duration.toDays() > 0 ? duration.toDays() + " days" : duration.toString();
  }

  private String worst(ScanReport report) {
    List<String> parts = new ArrayList<>();
    for (Problem.Kind kind : Problem.Kind.values()) {
      long count = report.found().count(kind, severity);
      if (count > 0) {
        List<String> listed = report.found().worst().getOrDefault(kind, List.of()).stream()
            .filter(p -> p.severity().compareTo(severity) >= 0)
            .map(p -> p.severity() + " " + shown(p.text()))
            .toList();
        parts.add(plural(count, kind) + ": " + listed(listed, count));
      }
    }
    return String.join("; ", parts);
  }

  private static String listed(List<String> listed, long count) {
    return String.join(", ", listed)
        + (count > listed.size() ? " and " + (count - listed.size()) + " more" : "");
  }

  private static String plural(long count, Problem.Kind kind) {
    String word = kind.word();
    return count + " "
        + (count == 1
            ? word
            : word.endsWith("y") ? word.substring(0, word.length() - 1) + "ies" : word + "s");
  }

  private String passed(ScanReport report) {
    String rest =
        report
            .found()
            .counts()
            .getOrDefault(Problem.Kind.VULNERABILITY, Map.of())
            .entrySet()
            .stream()
            .sorted(Map.Entry.<Severity, Long>comparingByKey().reversed())
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return "nothing of " + severity + " or worse; " + (rest.isEmpty() ? "nothing at all" : rest)
        + image
            .flatMap(i -> i.sameAs(report.artifact()))
            .map(how -> "; about this image, by " + how)
            .orElse("; about " + shown(report.artifact().name()));
  }

  private List<Finding> secrets(ScanReport report) {
    if (report.artifact().kind() != Artifact.Kind.IMAGE) {
      return List.of();
    }
    List<Problem> secrets = report.found().worst().getOrDefault(Problem.Kind.SECRET, List.of());
    if (secrets.isEmpty()) {
      return List.of();
    }
    long count = report.found().count(Problem.Kind.SECRET, Severity.UNKNOWN);
    return List.of(finding(
        report,
        "H04-scan",
        Result.FAIL,
        plural(count, Problem.Kind.SECRET) + ": "
            + listed(secrets.stream().map(p -> shown(p.text())).toList(), count),
        "Remove it from the image and its history, and revoke it."));
  }

  private Finding suppressed(ScanReport report) {
    ScanReport.Found found = report.found();
    List<String> listed = found.suppressions().stream().map(ScanGate::shown).toList();
    return finding(
        report,
        "H07-suppressed",
        Result.PASS,
        found.suppressed() + " left out: " + listed(listed, found.suppressed()),
        "");
  }

  private static List<Finding> both(ScanReport report, Result result, String message, String fix) {
    return List.of(
        finding(report, "H07", result, message, fix), finding(report, "P05", result, message, fix));
  }

  private static Finding finding(
      ScanReport report, String id, Result result, String message, String fix) {
    String whose =
        (report.scanner() + " " + report.time().map(Object::toString).orElse("")).strip();
    return new Finding(
        id,
        result,
        (whose.isEmpty() ? "" : shown(whose) + ": ") + message,
        new Location.Node(report.file(), 0, ""),
        fix);
  }

  /** A report's text may be of any length. */
  private static String shown(String text) {
    return text.length() <= 300 ? text : text.substring(0, 300) + "...";
  }
}
