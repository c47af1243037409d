package io.treza.audit;

import io.treza.audit.internal.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an audit is held to: which results fail it, and which findings count as something else.
 *
 * @param name {@code default}, or {@code sha256:} and the digest of the file it was read from
 * @param failing results that fail the audit
 * @param severity from which on what a scanner found fails H07 and P05
 * @param maxScanAge how old a scan of an image may be; a report without an image has no age limit
 *     unless {@code scanAgeGiven}
 * @param scanAgeGiven whether {@code maxScanAge} was asked for, rather than the default
 * @param rules the first that is about a finding counts
 */
public record AuditPolicy(
    String name,
    Set<Result> failing,
    Severity severity,
    Duration maxScanAge,
    boolean scanAgeGiven,
    List<Rule> rules) {
  /** Scanners' lists change daily, and CI that runs weekly still passes. */
  private static final Duration WEEK = Duration.ofDays(7);

  public AuditPolicy {
    failing = Set.copyOf(failing);
    rules = List.copyOf(rules);
  }

  /** FAIL fails, HIGH and worse vulnerabilities fail, and scans are at most seven days old. */
  public static AuditPolicy defaults() {
    return new AuditPolicy(
        "default", EnumSet.of(Result.FAIL), Severity.HIGH, WEEK, false, List.of());
  }

  /**
   * Reads a policy file (docs/audit.md).
   *
   * @throws AuditException if it is malformed, or names an id or field that there is not
   */
  public static AuditPolicy read(Path file) throws IOException {
    return PolicyFile.read(file, defaults());
  }

  /** The same, with further results that fail. */
  public AuditPolicy alsoFailing(Set<Result> results) {
    EnumSet<Result> all = EnumSet.copyOf(failing);
    all.addAll(results);
    return new AuditPolicy(name, all, severity, maxScanAge, scanAgeGiven, rules);
  }

  /** Whether no check of {@code report} came to a result that fails. */
  public boolean passes(SubjectReport report) {
    return report.checks().stream().noneMatch(check -> failing.contains(check.result()));
  }

  /** What {@code finding} counts as at {@code now}. */
  public Judgement judge(Finding finding, Instant now) {
    return rules.stream()
        .filter(rule -> rule.isAbout(finding))
        .findFirst()
        .map(rule -> rule.judge(finding, now))
        .orElse(Judgement.of(finding));
  }

  /** What to do with findings. */
  public enum Action {
    /** Counts as a worse result. */
    RAISE,
    /** Counts as a better result, until a day. */
    LOWER,
    /** Counts as passed, until a day. */
    ACCEPT
  }

  /**
   * What to do with some findings, and why.
   *
   * @param id of a finding, or of a check for all of its findings
   * @param at only those at this place: a file, path or member as reports print it, without the
   *     line or the layer
   * @param from only those with one of these results
   * @param to what they count as
   * @param expires the last day, in UTC, on which this holds; from then on they fail
   */
  public record Rule(
      Action action,
      String id,
      Optional<String> at,
      Set<Result> from,
      Result to,
      String reason,
      Optional<LocalDate> expires) {
    public Rule {
      from = Set.copyOf(from);
    }

    boolean isAbout(Finding finding) {
      return (finding.id().equals(id) || finding.check().name().equals(id))
          && from.contains(finding.result())
          && at.map(place -> finding.location().names().contains(place)).orElse(true);
    }

    Judgement judge(Finding finding, Instant now) {
      if (expires.filter(day -> !now.isBefore(endOf(day))).isPresent()) {
        return new Judgement(
            finding,
            Result.FAIL,
            Optional.of("the policy " + verb() + " this until " + expires.get()
                + ", which is over: " + reason));
      }
      return new Judgement(
          finding,
          to,
          Optional.of("the policy " + verb() + " this"
              + expires.map(day -> " until " + day).orElse("") + ": " + reason));
    }

    private static Instant endOf(LocalDate day) {
      return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private String verb() {
      return switch (action) {
        case RAISE -> "raises";
        case LOWER -> "lowers";
        case ACCEPT -> "accepts";
      };
    }
  }
}
