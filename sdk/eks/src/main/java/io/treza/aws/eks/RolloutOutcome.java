package io.treza.aws.eks;

import java.util.List;

/** How a rollout ended. */
public sealed interface RolloutOutcome {
  /** All pods run the new template, and this program verified each of them. */
  record Completed(List<EnclavePod> pods) implements RolloutOutcome {
    public Completed {
      pods = List.copyOf(pods);
    }
  }

  /**
   * A new pod's evidence was refused.
   *
   * @param rolledBack whether the template before was put back; if not, there was none, and the new
   *     pods are left with their gates shut
   */
  record Refused(EnclavePod pod, PodVerdict verdict, boolean rolledBack)
      implements RolloutOutcome {}

  /**
   * A new pod's container ends again and again.
   *
   * @param why Kubernetes' reason and the container's last words, and what to do
   */
  record Crashed(EnclavePod pod, String why, boolean rolledBack) implements RolloutOutcome {}

  /**
   * The time was over.
   *
   * @param waitingFor in Kubernetes' own words, a line for each pod or object, and what to do
   */
  record TimedOut(List<String> waitingFor, boolean rolledBack) implements RolloutOutcome {
    public TimedOut {
      waitingFor = List.copyOf(waitingFor);
    }
  }
}
