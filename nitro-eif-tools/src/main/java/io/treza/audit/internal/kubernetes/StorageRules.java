package io.treza.audit.internal.kubernetes;

import io.treza.audit.Result;
import io.treza.audit.internal.kubernetes.Pod.Container;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** P04: what of the node a pod mounts, and where it can write if its root is read-only. */
final class StorageRules {
  private static final List<String> SOCKETS = List.of(
      "/run/docker.sock",
      "/run/containerd/containerd.sock",
      "/run/crio/crio.sock",
      "/run/cri-dockerd.sock",
      "/run/podman/podman.sock",
      "/run/k3s/containerd/containerd.sock");
  private static final Set<String> NEVER_WRITABLE =
      Set.of("configMap", "secret", "downwardAPI", "projected", "image");

  private StorageRules() {}

  static void judge(Pod pod, Findings findings) throws WrongType {
    Map<String, Field> volumes = new HashMap<>();
    for (Field volume : pod.spec().get("volumes").items()) {
      volumes.put(volume.get("name").loose(), volume);
      Field path = volume.at("hostPath.path");
      Optional<String> socket = socket(path.text());
      if (socket.isPresent()) {
        findings.add(
            "P04-runtime-socket",
            Result.FAIL,
            path,
            "the volume \"" + Shown.of(volume.get("name").loose()) + "\" has " + socket.get()
                + " of the node in it; who reaches the container runtime there is root on the node",
            "Remove the volume.");
      }
    }
    for (Container container : pod.containers()) {
      if (container.security().get("readOnlyRootFilesystem").isTrue()) {
        writable(container, volumes, findings);
      }
    }
  }

  /** The socket that is the path, or is below it. */
  private static Optional<String> socket(String hostPath) {
    if (hostPath.isEmpty()) {
      return Optional.empty();
    }
    String path = Arrays.stream(hostPath.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .collect(Collectors.joining("/", "/", "/"))
        .replace("//", "/");
    // On every node /var/run is a link to /run.
    String target = path.startsWith("/var/run/") ? path.substring("/var".length()) : path;
    boolean aboveRun = path.equals("/var/");
    return SOCKETS.stream()
        .filter(socket -> aboveRun || (socket + "/").startsWith(target))
        .findFirst();
  }

  private static void writable(Container container, Map<String, Field> volumes, Findings findings)
      throws WrongType {
    List<String> writable = new ArrayList<>();
    for (Field mount : container.field().get("volumeMounts").items()) {
      Field volume = volumes.get(mount.get("name").loose());
      boolean readOnly = mount.get("readOnly").isTrue()
          || (volume != null
              && volume.members().entrySet().stream()
                  .anyMatch(m -> m.getValue().present() && NEVER_WRITABLE.contains(m.getKey())));
      if (!readOnly) {
        writable.add(Shown.of(mount.get("mountPath").loose()));
      }
    }
    if (writable.isEmpty()) {
      findings.add(
          "P04-writable",
          Result.INCONCLUSIVE,
          container.field(),
          container.label() + " can write nowhere; whether its program has to is not known here",
          "If it has to, mount an emptyDir there, such as at /tmp.");
    } else {
      findings.pass(
          "P04-writable",
          container.field().get("volumeMounts"),
          container.label() + " can write in " + Shown.of(String.join(", ", writable)) + " only");
    }
  }
}
