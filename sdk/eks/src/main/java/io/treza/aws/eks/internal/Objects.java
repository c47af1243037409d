package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
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

  /** Makes or changes the Deployment and the Service, so that they are as described. */
  public Deployment apply(EnclaveDeployment wanted) throws IOException {
    requireOurs(wanted);
    Manifests manifests = new Manifests(wanted, namespace);
    Optional<Service> service = manifests.service();
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
      Faults.explained(
          "delete Service " + wanted.kubernetesName(),
          () -> service(wanted.kubernetesName()).delete());
    }
    return Faults.explained(
        "apply Deployment " + wanted.kubernetesName(),
        () -> client
            .apps()
            .deployments()
            .resource(manifests.deployment())
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
    Faults.explained(
        "delete Service " + kubernetesName, () -> service(kubernetesName).delete());
    // In the foreground: it is there as long as anything of it is.
    Faults.explained(
        "delete Deployment " + kubernetesName,
        () -> deployment(kubernetesName)
            .withPropagationPolicy(DeletionPropagation.FOREGROUND)
            .delete());
  }

  private Resource<Deployment> deployment(String kubernetesName) {
    return client.apps().deployments().inNamespace(namespace).withName(kubernetesName);
  }

  private Resource<Service> service(String kubernetesName) {
    return client.services().inNamespace(namespace).withName(kubernetesName);
  }
}
