package io.treza.audit.internal.compose;

import io.treza.audit.AuditPolicy;
import io.treza.audit.CheckId;
import io.treza.audit.CheckResult;
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
 * @param now judges what the policy accepts until some day
 */
public record Composition(AuditPolicy policy, Instant now) {
  /** What the image itself shows better than the Dockerfile that may have made it. */
  private static final Set<CheckId> IMAGE_WINS =
      EnumSet.of(CheckId.H01, CheckId.H02, CheckId.H03);

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
      List<Judgement> judgements = judge(check, evidence);
      if (DEPLOYED.contains(check)) {
        for (SubjectReport workload : workloads) {
          workload.find(check).ifPresent(result -> judgements.addAll(deployed(workload, result)));
        }
      }
      results.add(result(check, judgements));
    }
    return new SubjectReport(subject, results);
  }

  /** A workload of a manifest. */
  public SubjectReport workload(Subject.Workload subject, List<Finding> findings) {
    Evidence evidence = new Evidence().add(Source.KUBERNETES, findings);
    return new SubjectReport(
        subject, OF_WORKLOAD.stream().map(c -> result(c, judge(c, evidence))).toList());
  }

  private List<Judgement> judge(CheckId check, Evidence evidence) {
    List<Judgement> judgements = new ArrayList<>();
    List<Finding> image = evidence.about(Source.IMAGE, check);
    boolean imageDecides = IMAGE_WINS.contains(check)
        && image.stream().anyMatch(f -> f.result() != Result.INCONCLUSIVE);
    for (Source source : Source.values()) {
      for (Finding finding : evidence.about(source, check)) {
        judgements.add(
            imageDecides && source == Source.DOCKERFILE
                ? new Judgement(
                    finding,
                    Result.NOT_APPLICABLE,
                    Optional.of("the image itself was seen, and counts instead"))
                : policy.judge(finding, now));
      }
    }
    return judgements;
  }

  /** What decided it for a workload, as evidence about its image. */
  private static List<Judgement> deployed(SubjectReport workload, CheckResult result) {
    return result.judgements().stream()
        .filter(j -> j.result() == result.result())
        .limit(1)
        .toList();
  }

  private CheckResult result(CheckId check, List<Judgement> judgements) {
    List<Judgement> all = new ArrayList<>(judgements);
    if (all.isEmpty()) {
      all.add(policy.judge(Missing.of(check), now));
    }
    all.sort(WORST_FIRST);
    return new CheckResult(check, all.get(0).result(), all);
  }
}
