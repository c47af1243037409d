package io.treza.aws.eks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which cluster, in the words of a command line: {@code cluster} and {@code region}, or {@code
 * kubeconfig} and perhaps {@code context}, or none of these inside a pod; and {@code namespace} and
 * {@code reach}.
 */
public final class ClusterSettings {
  /** The words. */
  public static final Set<String> NAMES =
      Set.of("cluster", "region", "kubeconfig", "context", "namespace", "reach");

  private final Map<String, String> values;

  private ClusterSettings(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Takes these settings, and leaves the others.
   *
   * @throws IllegalArgumentException if they contradict each other
   */
  public static ClusterSettings takeFrom(Map<String, String> settings) {
    Map<String, String> own = new TreeMap<>(settings);
    own.keySet().retainAll(NAMES);
    settings.keySet().removeAll(NAMES);
    if (own.containsKey("cluster") && own.containsKey("kubeconfig")) {
      throw new IllegalArgumentException(
          "a cluster is named by cluster and region, or by kubeconfig:" + " not by both");
    } else if (own.containsKey("cluster") && !own.containsKey("region")) {
      throw new IllegalArgumentException("region is missing: the one that the cluster is in");
    } else if (own.containsKey("context") && !own.containsKey("kubeconfig")) {
      throw new IllegalArgumentException("context is one of a kubeconfig: name that, too");
    }
    return new ClusterSettings(own);
  }

  /** The region, if it was said. */
  public Optional<String> region() {
    return get("region");
  }

  /** The name at EKS, if it was said. */
  public Optional<String> cluster() {
    return get("cluster");
  }

  /**
   * Connects.
   *
   * @throws IllegalArgumentException if a setting has no valid form
   * @throws IOException if it is not known how to reach the cluster
   */
  public EnclaveCluster connect() throws IOException {
    ClusterBuilder builder = builder();
    get("context").ifPresent(builder::context);
    get("namespace").ifPresent(builder::namespace);
    get("reach").ifPresent(way -> builder.reach(reach(way)));
    return builder.connect();
  }

  private ClusterBuilder builder() {
    if (cluster().isPresent()) {
      return EnclaveCluster.eks(region().orElseThrow(), cluster().get());
    }
    return get("kubeconfig")
        .map(file -> EnclaveCluster.kubeconfig(Path.of(file)))
        .orElseGet(EnclaveCluster::inCluster);
  }

  private static Reach reach(String way) {
    try {
      return Reach.valueOf(way.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "reach: expected pod-ip or port-forward, not \"" + way + "\"", e);
    }
  }

  private Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name));
  }
}
