package io.treza.publish;

import io.treza.attestation.reference.AuditVerdict;
import io.treza.attestation.reference.Release;
import io.treza.audit.Audit;
import io.treza.audit.AuditPolicy;
import io.treza.audit.AuditReport;
import io.treza.audit.CheckId;
import io.treza.audit.CheckResult;
import io.treza.audit.Result;
import io.treza.audit.SubjectReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether a published release still meets the policy, by scanners' reports made since: new
 * vulnerabilities become known of images that have not changed.
 *
 * @param outcome what the reports of its image came to
 * @param why in words, for logs
 * @param release with the newest of those scans in its audit, if they pass and it has one
 */
public record Rescan(Outcome outcome, String why, Release release) {
  /** What reports came to. */
  public enum Outcome {
    /** Every report of this image passes. */
    PASSES,
    /** One does not: the release should not be trusted much longer. */
    FAILS,
    /** None is about this image, is recent enough and can tell. */
    UNDECIDED
  }

  /** What a scan decides of the checklist. */
  private static final List<CheckId> CHECKS = List.of(CheckId.H07, CheckId.P05);

  private record Judged(AuditReport.Scan scan, SubjectReport subject) {
    Result result() {
      return Result.of(checks().stream().map(CheckResult::result).toList());
    }

    List<CheckResult> checks() {
      return CHECKS.stream().flatMap(c -> subject.find(c).stream()).toList();
    }
  }

  /**
   * Judges a release. Reports of other images are left out of account.
   *
   * @param policy what fails
   * @param clock judges the age of scans
   * @throws io.treza.audit.AuditException if a report is malformed
   * @throws IOException if one cannot be read
   */
  public static Rescan of(
      Release release, List<Path> reports, AuditPolicy policy, InstantSource clock)
      throws IOException {
    if (release.image().isEmpty()) {
      return new Rescan(Outcome.UNDECIDED, "it names no container image", release);
    }
    Optional<Judged> newest = Optional.empty();
    Optional<String> undecided = Optional.empty();
    for (Path file : reports) {
      AuditReport report = Audit.builder()
          .publishedImage(release.image().get().digest())
          .scanReport(file)
          .policy(policy)
          .clock(clock)
          .run();
      Judged judged = new Judged(report.scans().get(0), report.subjects().get(0));
      if (judged.checks().stream().anyMatch(c -> policy.failing().contains(c.result()))
          && judged.result() != Result.INCONCLUSIVE) {
        return new Rescan(Outcome.FAILS, why(judged), release);
      }
      if (judged.result() == Result.INCONCLUSIVE) {
        undecided = Optional.of(why(judged));
      } else if (judged.scan().time().isPresent()) {
        newest = newest.stream()
            .filter(n -> !time(judged).isAfter(time(n)))
            .findFirst()
            .or(() -> Optional.of(judged));
      }
    }
    if (newest.isEmpty()) {
      return new Rescan(
          Outcome.UNDECIDED, undecided.orElse("no report says when it was made"), release);
    }
    return new Rescan(Outcome.PASSES, why(newest.get()), renewed(release, newest.get()));
  }

  private static Instant time(Judged judged) {
    return judged.scan().time().orElse(Instant.MIN);
  }

  private static String why(Judged judged) {
    return judged.scan().file() + ": "
        + judged.checks().stream()
            .filter(c -> c.result() == judged.result())
            .flatMap(c -> c.judgements().stream().limit(1))
            .map(j -> j.finding().message())
            .distinct()
            .collect(Collectors.joining("; "));
  }

  private static Release renewed(Release release, Judged judged) {
    return release
        .audit()
        .map(before -> {
          TreeMap<String, AuditVerdict.Result> checks = new TreeMap<>(before.checks());
          judged
              .checks()
              .forEach(c -> checks.put(
                  c.check().name(), AuditVerdict.Result.valueOf(c.result().name())));
          return release.toBuilder()
              .audit(new AuditVerdict(
                  before.image(),
                  before.policy(),
                  Optional.of(AuditVerdicts.scan(judged.scan().scanner(), time(judged))),
                  checks))
              .build();
        })
        .orElse(release);
  }
}
