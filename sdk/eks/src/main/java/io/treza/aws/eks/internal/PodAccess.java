package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Reaches the cluster that this program runs on, with what Kubernetes puts into a pod (Kubernetes,
 * <i>Accessing the API from a Pod</i>).
 */
public final class PodAccess {
  /** Where the service account's files are mounted. */
  public static final Path MOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private PodAccess() {}

  /**
   * How to reach it.
   *
   * @param environment for {@code KUBERNETES_SERVICE_HOST} and {@code KUBERNETES_SERVICE_PORT}
   * @throws IOException if this program runs in no pod, or without a service account
   */
  public static Config config(Map<String, String> environment, Path mount) throws IOException {
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    Path token = mount.resolve("token");
    if (host.isEmpty() || !Files.isReadable(token)) {
      throw new IOException(
          "this program runs in no pod, or in one whose service account's token is not mounted ("
              + token + ")");
    }
    return new ConfigBuilder(Config.empty())
        .withMasterUrl("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port)
        .withCaCertFile(mount.resolve("ca.crt").toString())
        .withNamespace(Files.readString(mount.resolve("namespace")).strip())
        // Read anew each time: the kubelet replaces it before it expires.
        .withOauthTokenProvider(() -> read(token))
        .build();
  }

  private static String read(Path token) {
    try {
      return Files.readString(token).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
