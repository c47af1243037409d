package io.treza.aws.eks.internal.check;

import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.treza.aws.eks.ClusterFinding;
import io.treza.aws.eks.ClusterFinding.Link;
import io.treza.aws.eks.internal.Faults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What this project asks of an API server; {@code samples/eks/role.yaml} grants just that. */
public final class Permissions {
  /** Where a permission is needed. */
  public enum Where {
    /** In the namespace of the enclaves: a Role. */
    NAMESPACE,
    /** In all of them: a ClusterRole. */
    CLUSTER
  }

  /**
   * One verb on one resource.
   *
   * @param group the API group; empty for the core's
   * @param resource with its subresource, for example {@code pods/status}
   * @param check whether only the check needs it
   */
  public record Permission(Where where, String group, String resource, String verb, boolean check) {
    @Override
    public String toString() {
      return verb + " " + resource + (group.isEmpty() ? "" : "." + group)
          + (where == Where.CLUSTER ? " in the whole cluster" : "");
    }
  }

  /** All of them. */
  public static final List<Permission> NEEDED = List.of(
      in("apps", "deployments", "get"),
      in("apps", "deployments", "list"),
      in("apps", "deployments", "create"),
      in("apps", "deployments", "patch"),
      in("apps", "deployments", "delete"),
      in("apps", "replicasets", "list"),
      in("", "services", "create"),
      in("", "services", "patch"),
      in("", "services", "delete"),
      in("", "pods", "get"),
      in("", "pods", "list"),
      in("", "pods", "watch"),
      in("", "pods/status", "patch"),
      in("", "pods/log", "get"),
      in("", "pods/portforward", "get"),
      in("", "pods/portforward", "create"),
      check("", "namespaces", "get"),
      check("", "nodes", "list"),
      check("", "pods", "list"),
      check("apps", "daemonsets", "list"));

  private Permissions() {}

  private static Permission in(String group, String resource, String verb) {
    return new Permission(Where.NAMESPACE, group, resource, verb, false);
  }

  private static Permission check(String group, String resource, String verb) {
    return new Permission(Where.CLUSTER, group, resource, verb, true);
  }

  /**
   * What the caller may not.
   *
   * @param missing of all that are needed
   */
  public record Verdict(List<Permission> missing) {
    boolean allows(String resource) {
      return missing.stream().noneMatch(m -> m.check() && m.resource().equals(resource));
    }

    ClusterFinding finding(String namespace) {
      String which = missing.stream().map(Permission::toString).collect(Collectors.joining(", "));
      return new ClusterFinding(
          Link.PERMISSIONS,
          missing.isEmpty(),
          missing.isEmpty()
              ? "the caller may do all that is needed in namespace " + namespace
              : "the caller may not " + which + ": bind samples/eks/role.yaml to it");
    }
  }

  /** Asks the API server about each; everybody may (SelfSubjectAccessReview). */
  public static Verdict ask(KubernetesClient client, String namespace) throws IOException {
    List<Permission> missing = new ArrayList<>();
    for (Permission permission : NEEDED) {
      SelfSubjectAccessReview answer = Faults.explained(
          "ask what the caller may do",
          () -> client
              .authorization()
              .v1()
              .selfSubjectAccessReview()
              .create(review(permission, namespace)));
      if (answer.getStatus() == null || !Boolean.TRUE.equals(answer.getStatus().getAllowed())) {
        missing.add(permission);
      }
    }
    return new Verdict(List.copyOf(missing));
  }

  private static SelfSubjectAccessReview review(Permission permission, String namespace) {
    String[] parts = permission.resource().split("/", 2);
    return new SelfSubjectAccessReviewBuilder()
        .withNewSpec()
        .withNewResourceAttributes()
        .withNamespace(permission.where() == Where.NAMESPACE ? namespace : "")
        .withGroup(permission.group())
        .withResource(parts[0])
        .withSubresource(parts.length == 1 ? "" : parts[1])
        .withVerb(permission.verb())
        .endResourceAttributes()
        .endSpec()
        .build();
  }
}
