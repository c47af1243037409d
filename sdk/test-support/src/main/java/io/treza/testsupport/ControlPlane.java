package io.treza.testsupport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Kubernetes' own API server, controllers and scheduler, as {@code samples/kubernetes/install} builds
 * them: on the loopback interface, with role-based access control, and without a node.
 *
 * <p>It is looked for where {@code TREZA_KUBERNETES} says, or in {@code ~/.treza/kubernetes}, and ends
 * with {@link #close} or with this JVM, whichever is first.
 */
public final class ControlPlane implements AutoCloseable {
  private final Process process;
  private final Map<String, String> said;

  private ControlPlane(Process process, Map<String, String> said) {
    this.process = process;
    this.said = said;
  }

  /**
   * Starts one, which takes about five seconds, or skips the test.
   *
   * @param directory where it keeps what it writes; short, for a socket's path is in it
   */
  public static ControlPlane start(Path directory) throws IOException {
    requireInstalled();
    Path errors = directory.resolve("errors.log");
    Process process = new ProcessBuilder(program().toString(), "up", directory.toString())
        .redirectError(errors.toFile())
        .start();
    Map<String, String> said = new HashMap<>();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("ready")) {
        return new ControlPlane(process, Map.copyOf(said));
      }
      String[] pair = line.split("=", 2);
      said.put(pair[0], pair[1]);
    }
    throw new IOException("Kubernetes' control plane did not start: " + Files.readString(errors));
  }

  /** Skips the test, unless there is one to start. */
  public static void requireInstalled() {
    Requirement.require(
        Files.isExecutable(program()),
        "Kubernetes' control plane is not here: samples/kubernetes/install");
  }

  private static Path program() {
    return Optional.ofNullable(System.getenv("TREZA_KUBERNETES"))
        .filter(named -> !named.isEmpty())
        .map(Path::of)
        .orElse(Path.of(System.getProperty("user.home"), ".treza", "kubernetes"))
        .resolve("kubernetes");
  }

  /** A kubeconfig of its cluster-admin. */
  public Path kubeconfig() {
    return Path.of(said("kubeconfig"));
  }

  /**
   * Its audit log: one JSON object a line (audit.k8s.io/v1 Event, level Metadata), written before the
   * answer is.
   */
  public Path audit() {
    return Path.of(said("audit"));
  }

  /** Where the logs of containers are read from: {@code NAMESPACE/POD/CONTAINER}. */
  public Path logs() {
    return Path.of(said("logs"));
  }

  /**
   * The port at 127.0.0.1 that a node gives as its kubelet's, so that logs and forwarded ports of its
   * pods can be asked for.
   */
  public int kubeletPort() {
    return Integer.parseInt(said("kubelet"));
  }

  private String said(String name) {
    return Optional.ofNullable(said.get(name)).orElseThrow();
  }

  /** Ends it and waits for that. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
