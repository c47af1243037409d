package io.treza.audit.internal.compose;

import io.treza.audit.AuditPolicy;
import io.treza.audit.CheckId;
import io.treza.audit.CheckResult;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Judgement;
import io.treza.audit.Result;
import io.treza.audit.Subject;
import io.treza.audit.SubjectReport;
import io.treza.audit.internal.compose.Evidence.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What checks come to: the worst finding decides, after the policy. Where the image itself was seen,
 * the shape of its Dockerfile does not count for what the image shows better.
 *
 * @param enclave that the image is meant for
 * @param now judges what the policy accepts until some day
 */
public record Composition(AuditPolicy policy, EnclaveTarget enclave, Instant now) {
  /** What only the manifests of its workloads can decide for an image. */
  private static final Set<CheckId> DEPLOYED = EnumSet.of(CheckId.H05, CheckId.H06, CheckId.P07);

  /** What is asked of a workload; the rest is in its image. */
  private static final Set<CheckId> OF_WORKLOAD = EnumSet.of(
      CheckId.H02,
      CheckId.H04,
      CheckId.H05,
      CheckId.H06,
      CheckId.H08,
      CheckId.H09,
      CheckId.P03,
      CheckId.P04,
      CheckId.P07);

  private static final Comparator<Judgement> WORST_FIRST =
      Comparator.comparing(Judgement::result).reversed();

  /** An image, or what stands for it, with its workloads if any were given. */
  public SubjectReport image(Subject subject, Evidence evidence, List<SubjectReport> workloads) {
    List<CheckResult> results = new ArrayList<>();
    for (CheckId check : CheckId.values()) {
      List<Judgement> deployed = DEPLOYED.contains(check) ? deployed(check, workloads) : List.of();
      boolean decided = deployed.stream().anyMatch(j -> isDecisive(j.finding()));
      List<Judgement> judgements = judge(check, evidence, decided);
      judgements.addAll(deployed);
      results.add(result(check, judgements));
    }
    return new SubjectReport(subject, results);
  }

  /** A workload of a manifest. */
  public SubjectReport workload(Subject.Workload subject, List<Finding> findings) {
    Evidence evidence = new Evidence().add(Source.KUBERNETES, findings);
    Set<CheckId> asked = EnumSet.copyOf(OF_WORKLOAD);
    findings.forEach(finding -> asked.add(finding.check()));
    return new SubjectReport(
        subject, asked.stream().map(c -> result(c, judge(c, evidence, false))).toList());
  }

  /**
   * What the findings about a check count as.
   *
   * @param decided whether evidence beside {@code evidence} decides it
   */
  private List<Judgement> judge(CheckId check, Evidence evidence, boolean decided) {
    List<Judgement> judgements = new ArrayList<>();
    Set<Source> decisive = EnumSet.noneOf(Source.class);
    for (Source source : Source.values()) {
      if (evidence.about(source, check).stream().anyMatch(Composition::isDecisive)) {
        decisive.add(source);
      }
    }
    boolean imageWins = isShownBetterByImage(check) && decisive.contains(Source.IMAGE);
    for (Source source : Source.values()) {
      boolean others = decided || !Set.of(source).containsAll(decisive);
      for (Finding finding : evidence.about(source, check)) {
        if (imageWins && source == Source.DOCKERFILE) {
          judgements.add(note(finding, "the image itself was seen, and counts instead"));
        } else if (others && finding.result() == Result.INCONCLUSIVE) {
          judgements.add(note(finding, "other evidence decides it"));
        } else {
          judgements.add(policy.judge(finding, now));
        }
      }
    }
    return judgements;
  }

  /** Whether the image itself shows more than the Dockerfile that may have made it. */
  private static boolean isShownBetterByImage(CheckId check) {
    return EnumSet.range(CheckId.H01, CheckId.H03).contains(check)
        || EnumSet.range(CheckId.E01, CheckId.E18).contains(check);
  }

  private static boolean isDecisive(Finding finding) {
    return EnumSet.of(Result.PASS, Result.WARN, Result.FAIL).contains(finding.result());
  }

  private static Judgement note(Finding finding, String reason) {
    return new Judgement(finding, Result.NOT_APPLICABLE, Optional.of(reason));
  }

  /** What decided a check for each workload, as evidence about the image they run. */
  private static List<Judgement> deployed(CheckId check, List<SubjectReport> workloads) {
    return workloads.stream()
        .flatMap(workload -> workload.find(check).stream())
        .flatMap(result -> result.judgements().stream().limit(1))
        .toList();
  }

  private CheckResult result(CheckId check, List<Judgement> judgements) {
    List<Judgement> all = new ArrayList<>(judgements);
    if (all.isEmpty()) {
      all.add(policy.judge(Missing.of(check), now));
    }
    all.sort(WORST_FIRST);
    return new CheckResult(check, all.get(0).result(), check.inEnclave(enclave), all);
  }
}
