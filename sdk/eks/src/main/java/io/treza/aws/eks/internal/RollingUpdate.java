package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.treza.aws.eks.DeploymentStatus;
import io.treza.aws.eks.EnclaveDeployment;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.PodVerdict;
import io.treza.aws.eks.PodVerdict.NotAnswering;
import io.treza.aws.eks.RolloutOutcome;
import io.treza.aws.eks.RolloutOutcome.Completed;
import io.treza.aws.eks.RolloutOutcome.Crashed;
import io.treza.aws.eks.RolloutOutcome.Refused;
import io.treza.aws.eks.RolloutOutcome.TimedOut;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sees one new template through: Kubernetes replaces the pods, a watch judges them, and this decides
 * when that is done or has failed.
 */
public final class RollingUpdate {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
  private static final int ATTEMPTS = 10;
  private static final String HASH = "pod-template-hash";

  private final Objects objects;
  private final Watch watch;
  private final EnclaveDeployment wanted;
  private Optional<PodTemplateSpec> before = Optional.empty();

  /** A deployment as it is to be, whose pods the watch judges. */
  public RollingUpdate(Objects objects, Watch watch, EnclaveDeployment wanted) {
    this.objects = objects;
    this.watch = watch;
    this.wanted = wanted;
  }

  /** Where things stand. */
  private record Progress(Deployment deployment, DeploymentStatus status, List<Pod> pods) {}

  /** Applies it, and waits for how it ends. */
  public RolloutOutcome run(Duration limit) throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    before = objects.find(wanted.kubernetesName()).map(found -> found.getSpec().getTemplate());
    PodTemplateSpec template = objects.applyDeployment(wanted).getSpec().getTemplate();
    while (true) {
      long seen = watch.changes();
      Duration left = Duration.ofNanos(end - System.nanoTime());
      boolean over = left.isNegative() || left.isZero();
      try {
        Progress now = look(template);
        Optional<RolloutOutcome> outcome = judge(now);
        if (outcome.isPresent()) {
          return outcome.get();
        }
        if (over) {
          return new TimedOut(
              Obstacles.of(now.deployment(), now.pods(), watch), rollBack(template));
        }
      } catch (IOException e) {
        if (over || !Faults.mayPass(e)) {
          throw e;
        }
      }
      watch.await(seen, left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
    }
  }

  private Progress look(PodTemplateSpec template) throws IOException {
    Deployment deployment = objects
        .find(wanted.kubernetesName())
        .filter(found -> found.getSpec().getTemplate().equals(template))
        .orElseThrow(() -> new IOException("Deployment " + wanted.kubernetesName()
            + " was removed or given another template while this one was rolled out"));
    List<ReplicaSet> current = objects.replicaSets(deployment).stream()
        .filter(set -> isFor(template, set))
        .toList();
    List<Pod> pods = objects.pods(wanted.name()).stream()
        .filter(pod -> current.stream().anyMatch(set -> Objects.isOwner(set, pod)))
        .toList();
    DeploymentStatus status = Readings.deployment(deployment)
        .orElseThrow(() -> new IOException("Deployment " + wanted.kubernetesName()
            + " was robbed of its labels while it was rolled out"));
    return new Progress(deployment, status, pods);
  }

  private Optional<RolloutOutcome> judge(Progress now) throws IOException {
    List<EnclavePod> verified = new ArrayList<>();
    for (Pod pod : now.pods()) {
      Optional<EnclavePod> ours = Readings.pod(pod).filter(p -> !p.ending());
      if (ours.isEmpty()) {
        continue;
      }
      Optional<PodVerdict> verdict = watch.verdict(ours.get().uid());
      if (verdict.filter(v -> !v.admits() && !(v instanceof NotAnswering)).isPresent()) {
        return Optional.of(new Refused(
            ours.get(), verdict.get(), rollBack(now.deployment().getSpec().getTemplate())));
      }
      Optional<String> crash = Obstacles.crash(pod);
      if (crash.isPresent()) {
        return Optional.of(new Crashed(
            ours.get(), crash.get(), rollBack(now.deployment().getSpec().getTemplate())));
      }
      if (verdict.filter(PodVerdict::admits).isPresent()) {
        verified.add(ours.get());
      }
    }
    if (!now.status().settled() || verified.size() != now.status().desired()) {
      return Optional.empty();
    }
    // Last, so that ports of the pods before are served until then.
    objects.applyService(wanted);
    return Optional.of(new Completed(verified));
  }

  /**
   * Puts back the template that this one replaced, unless there is none, it is the same, or somebody
   * else has put another. Not that of the ReplicaSet before: where nothing was replaced, that is an
   * older release, which may have been withdrawn.
   */
  private boolean rollBack(PodTemplateSpec from) throws IOException {
    if (before.isEmpty() || before.get().equals(from)) {
      return false;
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Deployment> there = objects
          .find(wanted.kubernetesName())
          .filter(found -> found.getSpec().getTemplate().equals(from));
      if (there.isEmpty()) {
        return false;
      }
      // Not if its status, or the number of pods, changed meanwhile: then look again.
      if (objects.replaceTemplate(there.get(), before.get())) {
        return true;
      }
    }
    throw new IOException("Deployment " + wanted.kubernetesName()
        + " takes no other template, so the refused one is still there: kubectl rollout undo it");
  }

  private static boolean isFor(PodTemplateSpec template, ReplicaSet set) {
    return template(set).equals(template);
  }

  private static PodTemplateSpec template(ReplicaSet set) {
    return new PodTemplateSpecBuilder(set.getSpec().getTemplate())
        .editMetadata()
        .removeFromLabels(HASH)
        .endMetadata()
        .build();
  }
}
