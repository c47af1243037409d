package io.treza.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster and namespace; the names are those of the library's settings. */
final class EksOptions {
  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "The cluster by its name at EKS, with the AWS credentials of this machine.")
  private @Nullable String cluster;

  @Option(names = "--cluster-region", paramLabel = "REGION", description = "Where it is.")
  private @Nullable String region;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = {
        "The cluster that kubectl would reach with it. Default: $KUBECONFIG or ~/.kube/config; in a pod",
        "without either, the pod's own cluster."
      })
  private @Nullable String kubeconfig;

  @Option(names = "--context", paramLabel = "NAME", description = "Another context of it.")
  private @Nullable String context;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The enclaves' namespace. Default: the context's.")
  private @Nullable String namespace;

  @Option(
      names = "--reach",
      paramLabel = "WAY",
      description = {
        "How enclaves are asked for evidence: pod-ip, from within the cluster's network, or",
        "port-forward, through the API server. Default: pod-ip."
      })
  private @Nullable String reach;

  /** By the library's names. */
  Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    put(settings, "cluster", cluster);
    put(settings, "region", region);
    put(settings, "kubeconfig", cluster == null && kubeconfig == null ? usual() : kubeconfig);
    put(settings, "context", context);
    put(settings, "namespace", namespace);
    put(settings, "reach", reach);
    return settings;
  }

  private static @Nullable String usual() {
    String named = System.getenv("KUBECONFIG");
    Path file = named == null || named.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".kube", "config")
        : Path.of(named);
    return Files.exists(file) ? file.toString() : null;
  }

  private static void put(Map<String, String> settings, String name, @Nullable String value) {
    if (value != null) {
      settings.put(name, value);
    }
  }
}
