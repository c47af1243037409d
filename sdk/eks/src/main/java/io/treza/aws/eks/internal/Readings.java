package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what Kubernetes says of pods and deployments, where any of it may be missing. */
public final class Readings {
  private Readings() {}

  /** A pod of ours; empty for one that lacks the labels. */
  public static Optional<EnclavePod> pod(Pod pod) {
    Map<String, String> labels = orEmpty(pod.getMetadata().getLabels());
    String deployment = labels.get(Names.DEPLOYMENT);
    if (!Names.TREZA.equals(labels.get(Names.MANAGED_BY)) || deployment == null) {
      return Optional.empty();
    }
    PodStatus status = Optional.ofNullable(pod.getStatus()).orElseGet(PodStatus::new);
    return Optional.of(new EnclavePod(
        deployment,
        pod.getMetadata().getName(),
        pod.getMetadata().getUid(),
        container(status).flatMap(Readings::run),
        Optional.ofNullable(status.getPodIP()),
        Optional.ofNullable(pod.getSpec()).flatMap(s -> Optional.ofNullable(s.getNodeName())),
        Optional.ofNullable(orEmpty(pod.getMetadata().getAnnotations()).get(Names.RELEASE)),
        Optional.ofNullable(status.getPhase()).orElse("Unknown"),
        condition(status, Names.ATTESTED)
            .map(c -> "True".equals(c.getStatus()) ? Gate.OPEN : Gate.SHUT)
            .orElse(Gate.UNKNOWN),
        condition(status, "Ready").filter(c -> "True".equals(c.getStatus())).isPresent(),
        pod.getMetadata().getDeletionTimestamp() != null));
  }

  static Optional<ContainerStatus> container(PodStatus status) {
    return Optional.ofNullable(status.getContainerStatuses()).orElse(List.of()).stream()
        .filter(c -> Names.CONTAINER.equals(c.getName()))
        .findFirst();
  }

  /** The container's id, or where the runtime gives none, how often it was started. */
  private static Optional<String> run(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .map(ContainerState::getRunning)
        .map(running -> container.getRestartCount() + " " + container.getContainerID());
  }

  static Optional<PodCondition> condition(PodStatus status, String type) {
    return Optional.ofNullable(status.getConditions()).orElse(List.of()).stream()
        .filter(c -> type.equals(c.getType()))
        .findFirst();
  }

  /** A deployment of ours; empty for one that lacks the labels. */
  public static Optional<io.treza.aws.eks.DeploymentStatus> deployment(Deployment deployment) {
    Map<String, String> labels = orEmpty(deployment.getMetadata().getLabels());
    String name = labels.get(Names.DEPLOYMENT);
    if (!Names.TREZA.equals(labels.get(Names.MANAGED_BY)) || name == null) {
      return Optional.empty();
    }
    DeploymentStatus status =
        Optional.ofNullable(deployment.getStatus()).orElseGet(DeploymentStatus::new);
    int desired = or(deployment.getSpec().getReplicas(), 1);
    int updated = or(status.getUpdatedReplicas(), 0);
    int total = or(status.getReplicas(), 0);
    // As kubectl rollout status judges it.
    boolean settled =
        or(status.getObservedGeneration(), 0L) >= or(deployment.getMetadata().getGeneration(), 0L)
            && updated == desired
            && total == desired
            && or(status.getAvailableReplicas(), 0) == desired;
    return Optional.of(new io.treza.aws.eks.DeploymentStatus(
        name,
        Optional.ofNullable(labels.get(Names.OWNER)),
        deployment.getSpec().getTemplate().getSpec().getContainers().get(0).getImage(),
        Optional.ofNullable(
            orEmpty(deployment.getSpec().getTemplate().getMetadata().getAnnotations())
                .get(Names.RELEASE)),
        desired,
        updated,
        or(status.getReadyReplicas(), 0),
        total,
        settled));
  }

  static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static <N extends Number> N or(@Nullable N value, N otherwise) {
    return value == null ? otherwise : value;
  }
}
