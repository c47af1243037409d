package io.treza.aws.eks;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.treza.aws.eks.internal.access.ClusterAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Collects how a cluster is reached. */
public final class ClusterBuilder {
  /** How the API server is found and which credentials it is shown. */
  @FunctionalInterface
  private interface Source {
    Config config(Optional<String> context) throws IOException;
  }

  private static final Duration CALL = Duration.ofSeconds(30);
  private static final int RETRIES = 5;

  private final Source source;
  private Optional<String> context = Optional.empty();
  private Optional<String> namespace = Optional.empty();
  private Reach reach = Reach.POD_IP;

  private ClusterBuilder(Source source) {
    this.source = source;
  }

  static ClusterBuilder kubeconfig(Path file) {
    return new ClusterBuilder(context -> ClusterAccess.kubeconfig(file, context));
  }

  static ClusterBuilder eks(String region, String clusterName) {
    return new ClusterBuilder(context -> ClusterAccess.eks(region, clusterName));
  }

  static ClusterBuilder inCluster() {
    return new ClusterBuilder(context -> ClusterAccess.inCluster());
  }

  /** Another context of a kubeconfig than its current one. */
  public ClusterBuilder context(String name) {
    this.context = Optional.of(name);
    return this;
  }

  /** The namespace of the enclaves; that of the kubeconfig or the pod unless said, or default. */
  public ClusterBuilder namespace(String name) {
    this.namespace = Optional.of(name);
    return this;
  }

  /** How evidence is reached; at the pod's address unless said. */
  public ClusterBuilder reach(Reach way) {
    this.reach = way;
    return this;
  }

  /**
   * The cluster. Of a kubeconfig's nothing is asked yet; of EKS's, its address.
   *
   * @throws IOException if it is not known how to reach it
   */
  public EnclaveCluster connect() throws IOException {
    Config config = new ConfigBuilder(source.config(context))
        .withRequestTimeout(Math.toIntExact(CALL.toMillis()))
        .withRequestRetryBackoffLimit(RETRIES)
        .build();
    String chosen =
        namespace.or(() -> Optional.ofNullable(config.getNamespace())).orElse("default");
    return new EnclaveCluster(
        new KubernetesClientBuilder().withConfig(config).build(), chosen, reach);
  }
}
