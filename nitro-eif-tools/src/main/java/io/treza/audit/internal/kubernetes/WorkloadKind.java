package io.treza.audit.internal.kubernetes;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A kind of object that makes pods.
 *
 * @param group of the API, where other groups have a kind of this name that makes none
 * @param pod where the pod, or its template, is; empty if the object is one
 */
record WorkloadKind(String kind, Optional<String> group, String pod) {
  private static final List<WorkloadKind> ALL = List.of(
      of("Pod", ""),
      of("PodTemplate", "template"),
      of("Deployment", "spec.template"),
      of("StatefulSet", "spec.template"),
      of("DaemonSet", "spec.template"),
      of("ReplicaSet", "spec.template"),
      of("ReplicationController", "spec.template"),
      of("Job", "spec.template"),
      of("CronJob", "spec.jobTemplate.spec.template"),
      of("DeploymentConfig", "spec.template"),
      of("Rollout", "spec.template"),
      of("CloneSet", "spec.template"),
      of("Service", "serving.knative.dev", "spec.template"),
      of("Configuration", "serving.knative.dev", "spec.template"),
      of("Revision", "serving.knative.dev", ""));

  private static WorkloadKind of(String kind, String pod) {
    return new WorkloadKind(kind, Optional.empty(), pod);
  }

  private static WorkloadKind of(String kind, String group, String pod) {
    return new WorkloadKind(kind, Optional.of(group), pod);
  }

  /** The kind of that name, in any version of its group, past or to come. */
  static Optional<WorkloadKind> find(String kind, String apiVersion) {
    return ALL.stream()
        .filter(k -> k.kind.equals(kind))
        .filter(k -> k.group.isEmpty() || apiVersion.startsWith(k.group.get() + "/"))
        .findFirst();
  }

  /** The pod of such an object. */
  Field podOf(Field object) throws WrongType {
    return pod.isEmpty() ? object : object.at(pod);
  }

  /** Whether there is a list of containers with images anywhere in an object. */
  static boolean looksLikeOne(Field object) {
    Deque<Node> open = new ArrayDeque<>();
    object.value().ifPresent(open::push);
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (node instanceof Node.Mapping mapping) {
        if (mapping.entries().get("containers") instanceof Node.Sequence containers
            && containers.items().stream().anyMatch(WorkloadKind::hasImage)) {
          return true;
        }
        mapping.entries().values().forEach(open::push);
      } else if (node instanceof Node.Sequence sequence) {
        sequence.items().forEach(open::push);
      }
    }
    return false;
  }

  private static boolean hasImage(Node node) {
    return node instanceof Node.Mapping mapping && mapping.entries().containsKey("image");
  }
}
