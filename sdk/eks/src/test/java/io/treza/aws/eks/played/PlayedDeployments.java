package io.treza.aws.eks.played;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plays Kubernetes' controllers of Deployments and ReplicaSets and its collector of orphans: rolls
 * within maxSurge and maxUnavailable, and counts a pod as there when it is ready.
 */
final class PlayedDeployments {
  private static final String HASH = "pod-template-hash";
  private static final String REVISION = "deployment.kubernetes.io/revision";

  private final KubernetesClient client;
  private final String namespace;
  private int names;
  private List<ReplicaSet> sets = List.of();
  private List<Pod> pods = List.of();

  PlayedDeployments(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Does what is to be done now; whoever watches the objects calls it after each change. */
  void reconcile() {
    List<Deployment> deployments =
        client.apps().deployments().inNamespace(namespace).list().getItems();
    // One look a round; what this changes makes another round.
    sets = client.apps().replicaSets().inNamespace(namespace).list().getItems();
    pods = client.pods().inNamespace(namespace).list().getItems();
    collect(deployments);
    deployments.forEach(this::reconcile);
    sets.forEach(this::fill);
    deployments.forEach(this::report);
  }

  private List<Pod> podsOf(HasMetadata owner) {
    return pods.stream().filter(pod -> isOwner(owner, pod)).toList();
  }

  private static boolean isOwner(HasMetadata owner, HasMetadata of) {
    return of.getMetadata().getOwnerReferences().stream()
        .anyMatch(r -> r.getUid().equals(owner.getMetadata().getUid()));
  }

  private void collect(List<Deployment> deployments) {
    for (ReplicaSet set : sets) {
      if (deployments.stream().noneMatch(d -> isOwner(d, set))) {
        podsOf(set).forEach(pod -> client.resource(pod).delete());
        client.resource(set).delete();
        set.getSpec().setReplicas(0);
      }
    }
  }

  private void reconcile(Deployment deployment) {
    List<ReplicaSet> all = sets.stream().filter(s -> isOwner(deployment, s)).toList();
    ReplicaSet current = all.stream()
        .filter(s -> template(s).equals(deployment.getSpec().getTemplate()))
        .findFirst()
        .orElseGet(() -> create(deployment));
    long newest = all.stream().mapToLong(PlayedDeployments::revision).max().orElse(0);
    boolean isNew = all.stream().noneMatch(s -> uid(s).equals(uid(current)));
    if (isNew || revision(current) < newest) {
      patch(
          current,
          "{\"metadata\":{\"annotations\":{\"" + REVISION + "\":\"" + (newest + 1) + "\"}}}");
    }
    List<ReplicaSet> old =
        all.stream().filter(s -> !uid(s).equals(uid(current))).toList();
    roll(deployment, current, old);
  }

  private void roll(Deployment deployment, ReplicaSet current, List<ReplicaSet> old) {
    int desired = deployment.getSpec().getReplicas();
    IntOrString surge = deployment.getSpec().getStrategy().getRollingUpdate().getMaxSurge();
    IntOrString down = deployment.getSpec().getStrategy().getRollingUpdate().getMaxUnavailable();
    int mine = current.getSpec().getReplicas();
    int others = old.stream().mapToInt(s -> s.getSpec().getReplicas()).sum();
    if (mine > desired) {
      scale(current, desired);
      mine = desired;
    } else if (mine < desired) {
      int room = desired + surge.getIntVal() - mine - others;
      if (room > 0) {
        mine = Math.min(desired, mine + room);
        scale(current, mine);
      }
    }
    // First those that are no use, then as many as the new ones make up for.
    int ready = readyOf(current) + old.stream().mapToInt(this::readyOf).sum();
    int spare = ready - (desired - down.getIntVal());
    for (ReplicaSet set : old) {
      int useless = set.getSpec().getReplicas() - readyOf(set);
      int excess = Math.min(set.getSpec().getReplicas(), useless + Math.max(0, spare));
      if (excess > 0) {
        spare -= excess - useless;
        scale(set, set.getSpec().getReplicas() - excess);
      }
    }
  }

  private int readyOf(ReplicaSet set) {
    return (int) podsOf(set).stream().filter(PlayedDeployments::isReady).count();
  }

  private void scale(ReplicaSet set, int replicas) {
    set.getSpec().setReplicas(replicas);
    patch(set, "{\"spec\":{\"replicas\":" + replicas + "}}");
  }

  private void patch(ReplicaSet set, String patch) {
    client
        .apps()
        .replicaSets()
        .inNamespace(namespace)
        .withName(set.getMetadata().getName())
        .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private ReplicaSet create(Deployment deployment) {
    PodTemplateSpec template = deployment.getSpec().getTemplate();
    String hash = Integer.toString(template.hashCode() & 0x7fffffff, 36);
    ReplicaSet set = new ReplicaSetBuilder()
        .withNewMetadata()
        .withName(deployment.getMetadata().getName() + "-" + hash)
        .withNamespace(namespace)
        .withLabels(template.getMetadata().getLabels())
        .addToLabels(HASH, hash)
        .addToOwnerReferences(reference(deployment))
        .endMetadata()
        .withNewSpec()
        .withReplicas(0)
        .withSelector(deployment.getSpec().getSelector())
        .withTemplate(new PodTemplateSpecBuilder(template)
            .editMetadata()
            .addToLabels(HASH, hash)
            .endMetadata()
            .build())
        .endSpec()
        .build();
    return client.resource(set).create();
  }

  private static PodTemplateSpec template(ReplicaSet set) {
    return new PodTemplateSpecBuilder(set.getSpec().getTemplate())
        .editMetadata()
        .removeFromLabels(HASH)
        .endMetadata()
        .build();
  }

  private static long revision(ReplicaSet set) {
    return Optional.ofNullable(set.getMetadata().getAnnotations())
        .map(a -> a.get(REVISION))
        .map(Long::parseLong)
        .orElse(0L);
  }

  private void fill(ReplicaSet set) {
    List<Pod> mine = podsOf(set).stream()
        .sorted(Comparator.comparing(PlayedDeployments::isReady))
        .toList();
    for (int i = mine.size(); i < set.getSpec().getReplicas(); i++) {
      client
          .resource(new PodBuilder()
              .withNewMetadata()
              .withName(set.getMetadata().getName() + "-" + Integer.toString(++names + 46655, 36))
              .withNamespace(namespace)
              .withLabels(set.getSpec().getTemplate().getMetadata().getLabels())
              .withAnnotations(set.getSpec().getTemplate().getMetadata().getAnnotations())
              .addToOwnerReferences(reference(set))
              .endMetadata()
              .withSpec(set.getSpec().getTemplate().getSpec())
              .withNewStatus()
              .withPhase("Pending")
              .endStatus()
              .build())
          .create();
    }
    mine.stream()
        .limit(Math.max(0, mine.size() - set.getSpec().getReplicas()))
        .forEach(pod -> client.resource(pod).delete());
  }

  private void report(Deployment deployment) {
    List<ReplicaSet> all = sets.stream().filter(s -> isOwner(deployment, s)).toList();
    List<ReplicaSet> current = all.stream()
        .filter(s -> template(s).equals(deployment.getSpec().getTemplate()))
        .toList();
    int ready = all.stream().mapToInt(this::readyOf).sum();
    DeploymentStatus status = new DeploymentStatusBuilder()
        .withObservedGeneration(deployment.getMetadata().getGeneration())
        .withReplicas(all.stream().mapToInt(s -> podsOf(s).size()).sum())
        .withUpdatedReplicas(current.stream().mapToInt(s -> podsOf(s).size()).sum())
        .withReadyReplicas(ready)
        .withAvailableReplicas(ready)
        .build();
    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName(deployment.getMetadata().getName())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            client.getKubernetesSerialization().asJson(Map.of("status", status)));
  }

  static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static String uid(HasMetadata object) {
    return object.getMetadata().getUid();
  }

  private static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(uid(owner))
        .withController(true)
        .withBlockOwnerDeletion(true)
        .build();
  }
}
