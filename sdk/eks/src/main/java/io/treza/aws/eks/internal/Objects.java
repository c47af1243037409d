package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.treza.aws.eks.EnclaveDeployment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts a deployment's objects into one namespace of a cluster, finds and deletes them. */
public final class Objects {
  private final KubernetesClient client;
  private final String namespace;

  /** In a namespace of what the client is connected to. */
  public Objects(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Makes or changes the Service so that it is as described, or deletes it if there are no ports. */
  public void applyService(EnclaveDeployment wanted) throws IOException {
    Optional<Service> service = new Manifests(wanted, namespace).service();
    if (service.isPresent()) {
      Faults.explained(
          "apply Service " + wanted.kubernetesName(),
          () -> client
              .services()
              .resource(service.get())
              .fieldManager(Names.FIELD_MANAGER)
              .forceConflicts()
              .serverSideApply());
    } else {
      deleteService(wanted.kubernetesName());
    }
  }

  /**
   * Makes or changes the Deployment so that it is as described.
   *
   * @return as the server has it now
   * @throws IOException if the server refuses, or the name is another's
   */
  public Deployment applyDeployment(EnclaveDeployment wanted) throws IOException {
    requireOurs(wanted);
    return Faults.explained(
        "apply Deployment " + wanted.kubernetesName(),
        () -> client
            .apps()
            .deployments()
            .resource(new Manifests(wanted, namespace).deployment())
            .fieldManager(Names.FIELD_MANAGER)
            .forceConflicts()
            .serverSideApply());
  }

  /** Two names may be one to Kubernetes, and the namespace may be shared. */
  private void requireOurs(EnclaveDeployment wanted) throws IOException {
    Optional<Deployment> there = find(wanted.kubernetesName());
    if (there.isEmpty()) {
      return;
    }
    Map<String, String> labels = Readings.orEmpty(there.get().getMetadata().getLabels());
    if (!labels.entrySet().containsAll(Manifests.selector(wanted.name()).entrySet())) {
      throw new IOException("Deployment " + wanted.kubernetesName() + " in namespace " + namespace
          + " is not \"" + wanted.name() + "\" of this project, but has the labels " + labels
          + ": choose another name");
    }
    if (!wanted.owner().equals(Optional.ofNullable(labels.get(Names.OWNER)))) {
      throw new IOException("Deployment " + wanted.kubernetesName() + " in namespace " + namespace
          + " belongs to " + Optional.ofNullable(labels.get(Names.OWNER)).orElse("no owner")
          + ", not to " + wanted.owner().orElse("no owner"));
    }
  }

  /** The Deployment of a name, as Kubernetes has it. */
  public Optional<Deployment> find(String kubernetesName) throws IOException {
    return Optional.ofNullable(Faults.explained(
        "read Deployment " + kubernetesName, () -> deployment(kubernetesName).get()));
  }

  /** All Deployments of this project. */
  public List<Deployment> list() throws IOException {
    return Faults.explained(
        "list Deployments",
        () -> client
            .apps()
            .deployments()
            .inNamespace(namespace)
            .withLabel(Names.MANAGED_BY, Names.TREZA)
            .list()
            .getItems());
  }

  /** The pods of a deployment. */
  public List<Pod> pods(String name) throws IOException {
    return Faults.explained(
        "list pods of " + name,
        () -> client
            .pods()
            .inNamespace(namespace)
            .withLabels(Manifests.selector(name))
            .list()
            .getItems());
  }

  /** Changes the number of pods. */
  public void scale(String kubernetesName, int replicas) throws IOException {
    Faults.explained(
        "scale Deployment " + kubernetesName,
        () -> deployment(kubernetesName)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"replicas\":" + replicas + "}}"));
  }

  /** Deletes Deployment and Service, and through the former its pods. */
  public void delete(String kubernetesName) throws IOException {
    deleteService(kubernetesName);
    // In the foreground: it is there as long as anything of it is.
    Faults.explained(
        "delete Deployment " + kubernetesName,
        () -> deployment(kubernetesName)
            .withPropagationPolicy(DeletionPropagation.FOREGROUND)
            .delete());
  }

  /** The ReplicaSets of a Deployment: one for each template that it had and still knows. */
  public List<ReplicaSet> replicaSets(Deployment of) throws IOException {
    return Faults.explained(
            "list ReplicaSets of " + of.getMetadata().getName(),
            () -> client
                .apps()
                .replicaSets()
                .inNamespace(namespace)
                .withLabels(of.getSpec().getSelector().getMatchLabels())
                .list()
                .getItems())
        .stream()
        .filter(set -> isOwner(of, set))
        .toList();
  }

  /** Whether one object was made for another. */
  public static boolean isOwner(HasMetadata owner, HasMetadata of) {
    return of.getMetadata().getOwnerReferences().stream()
        .anyMatch(r -> r.getUid().equals(owner.getMetadata().getUid()));
  }

  /**
   * Gives a Deployment another template, if nobody has changed it since it was read.
   *
   * @return whether that was so
   */
  public boolean replaceTemplate(Deployment read, PodTemplateSpec template) throws IOException {
    String patch = client
        .getKubernetesSerialization()
        .asJson(List.of(
            Map.of(
                "op", "test",
                "path", "/metadata/resourceVersion",
                "value", read.getMetadata().getResourceVersion()),
            Map.of("op", "replace", "path", "/spec/template", "value", template)));
    try {
      deployment(read.getMetadata().getName()).patch(PatchContext.of(PatchType.JSON), patch);
      return true;
    } catch (KubernetesClientException e) {
      // 422 is what a test that fails is answered with.
      if (Faults.isConflict(e) || Faults.isInvalid(e)) {
        return false;
      }
      throw new IOException(
          "put back the template of Deployment " + read.getMetadata().getName() + ": "
              + Faults.explain(e),
          e);
    }
  }

  private Resource<Deployment> deployment(String kubernetesName) {
    return client.apps().deployments().inNamespace(namespace).withName(kubernetesName);
  }

  private void deleteService(String kubernetesName) throws IOException {
    Faults.explained(
        "delete Service " + kubernetesName,
        () -> client.services().inNamespace(namespace).withName(kubernetesName).delete());
  }
}
