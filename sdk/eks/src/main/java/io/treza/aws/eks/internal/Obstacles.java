package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.treza.aws.eks.PodVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says why pods are not there yet, in Kubernetes' and nitro-cli's own words, and what to do. */
final class Obstacles {
  /** Once may be chance; nitro-cli fails while the enclave before it still holds its memory. */
  private static final int RESTARTS = 2;

  /** What to do about words that occur in a message; the first that fits counts. */
  private static final List<Map.Entry<String, String>> ADVICE = List.of(
      Map.entry(
          "nitro_enclaves_cpus",
          "free or add enclave CPUs on the nodes, or do not have them counted: countCpus is for"
              + " device plugins with ENCLAVE_CPU_ADVERTISEMENT=true"),
      Map.entry(
          "nitro_enclaves",
          "every node runs at most four enclaves and advertises them once the device plugin runs"
              + " there: add nodes, or look at aws-nitro-enclaves-k8s-daemonset in kube-system"),
      Map.entry(
          "hugepages",
          "have the nodes' allocator reserve more memory, in pages of the size asked for, before"
              + " the kubelet starts"),
      Map.entry(
          "didn't match Pod's node affinity/selector",
          "label the nodes that run the device plugin aws-nitro-enclaves-k8s-dp=enabled"),
      Map.entry("ImagePull", "the nodes' role must be allowed to pull this image, by this digest"),
      Map.entry("E22", "the node has fewer free enclave CPUs: ask for fewer, or add nodes"),
      Map.entry("E26", "give the enclave memory of at least four times its image's size"),
      Map.entry("E27", "the node's huge pages are used up or of the other size: see HugePages"),
      Map.entry("E35", "the enclave image cannot be read, or the pod has no huge pages"),
      Map.entry("E36", "the enclave did not boot: run it in debug mode and read its console"),
      Map.entry("E39", "the enclave's process is gone: read the pod's log"));

  private Obstacles() {}

  /** Why a pod's container does not stay up; empty while it does, or may. */
  static Optional<String> crash(Pod pod) {
    Optional<ContainerStatus> container = container(pod);
    Optional<ContainerStateWaiting> waiting = container
        .flatMap(c -> Optional.ofNullable(c.getState()))
        .flatMap(s -> Optional.ofNullable(s.getWaiting()))
        .filter(w -> "CrashLoopBackOff".equals(w.getReason()));
    if (waiting.isEmpty() || container.get().getRestartCount() < RESTARTS) {
      return Optional.empty();
    }
    String last = Optional.ofNullable(container.get().getLastState())
        .map(ContainerState::getTerminated)
        .map(Obstacles::lastWords)
        .orElse("its last words are not known");
    return Optional.of(withAdvice(
        "CrashLoopBackOff after " + container.get().getRestartCount() + " restarts: " + last));
  }

  private static String lastWords(ContainerStateTerminated ended) {
    return "exit code " + ended.getExitCode()
        + Optional.ofNullable(ended.getMessage()).map(m -> ": " + m.strip()).orElse("");
  }

  /** A line for each pod that is not done, or for the Deployment if it has none. */
  static List<String> of(Deployment deployment, List<Pod> pods, Watch watch) {
    List<String> lines = new ArrayList<>();
    Optional.ofNullable(deployment.getStatus().getConditions()).orElse(List.of()).stream()
        .filter(c -> "ReplicaFailure".equals(c.getType()) && "True".equals(c.getStatus()))
        .map(Obstacles::line)
        .forEach(lines::add);
    pods.forEach(pod -> of(pod, watch)
        .ifPresent(line -> lines.add("pod " + pod.getMetadata().getName() + ": " + line)));
    if (lines.isEmpty()) {
      lines.add("Deployment " + deployment.getMetadata().getName()
          + ": new pods have yet to be made, or old ones to end");
    }
    return lines;
  }

  private static String line(DeploymentCondition condition) {
    return withAdvice(condition.getReason() + ": " + condition.getMessage());
  }

  private static Optional<String> of(Pod pod, Watch watch) {
    PodStatus status = Optional.ofNullable(pod.getStatus()).orElseGet(PodStatus::new);
    Optional<String> unscheduled = Readings.condition(status, "PodScheduled")
        .filter(c -> "False".equals(c.getStatus()))
        .map(c -> withAdvice(c.getReason() + ": " + c.getMessage()));
    Optional<String> waiting = container(pod)
        .flatMap(c -> Optional.ofNullable(c.getState()))
        .flatMap(s -> Optional.ofNullable(s.getWaiting()))
        .map(w -> withAdvice(w.getReason()
            + Optional.ofNullable(w.getMessage()).map(m -> ": " + m).orElse("")));
    Optional<PodVerdict> verdict = watch.verdict(pod.getMetadata().getUid());
    return crash(pod)
        .or(() -> unscheduled)
        .or(() -> waiting)
        .or(() -> verdict.filter(v -> !v.admits()).map(PodVerdict::explanation))
        .or(() -> verdict.isPresent() ? Optional.empty() : Optional.of("not attested yet"));
  }

  private static Optional<ContainerStatus> container(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).flatMap(Readings::container);
  }

  private static String withAdvice(String said) {
    return ADVICE.stream()
        .filter(entry -> said.contains(entry.getKey()))
        .findFirst()
        .map(entry -> said + "; " + entry.getValue())
        .orElse(said);
  }
}
