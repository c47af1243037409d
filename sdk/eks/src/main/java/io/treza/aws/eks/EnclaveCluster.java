package io.treza.aws.eks;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.treza.aws.eks.internal.Faults;
import io.treza.aws.eks.internal.Names;
import io.treza.aws.eks.internal.Objects;
import io.treza.aws.eks.internal.Readings;
import io.treza.platform.channel.AttestationAgent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One namespace of a Kubernetes cluster, and the deployments of enclaves in it. Thread-safe.
 *
 * <p>What a cluster says of its pods is a claim; what a pod runs, only its evidence shows.
 */
public final class EnclaveCluster implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final KubernetesClient client;
  private final String namespace;
  private final Reach reach;
  private final Objects objects;

  EnclaveCluster(KubernetesClient client, String namespace, Reach reach) {
    this.client = client;
    this.namespace = namespace;
    this.reach = reach;
    this.objects = new Objects(client, namespace);
  }

  /** A cluster that a kubeconfig file describes, as {@code kubectl} takes it. */
  public static ClusterBuilder kubeconfig(Path file) {
    return ClusterBuilder.kubeconfig(file);
  }

  /** An EKS cluster, with AWS's credentials from where the AWS SDK for Java looks for them. */
  public static ClusterBuilder eks(String region, String clusterName) {
    return ClusterBuilder.eks(region, clusterName);
  }

  /** The cluster that this program runs on, as its pod's service account. */
  public static ClusterBuilder inCluster() {
    return ClusterBuilder.inCluster();
  }

  /** The namespace. */
  public String namespace() {
    return namespace;
  }

  /**
   * Makes a deployment, or changes it so that it is as described; changes nothing if it is. Returns
   * at once: pods follow.
   *
   * @throws IOException if the cluster cannot be asked or refuses, or something else has the name
   */
  public void apply(EnclaveDeployment deployment) throws IOException {
    objects.applyDeployment(deployment);
    objects.applyService(deployment);
  }

  /**
   * Changes how many enclaves a deployment has. Returns at once.
   *
   * @param replicas 0 or more
   * @throws IOException if there is no such deployment, or the cluster cannot be asked or refuses
   */
  public void scale(String name, int replicas) throws IOException {
    if (replicas < 0) {
      throw new IllegalArgumentException("there cannot be " + replicas + " enclaves");
    }
    if (find(name).isEmpty()) {
      throw new IOException("no deployment \"" + name + "\" in namespace " + namespace);
    }
    objects.scale(Names.kubernetesName(name), replicas);
  }

  /** The deployment of this name. */
  public Optional<DeploymentStatus> find(String name) throws IOException {
    return objects
        .find(Names.kubernetesName(name))
        .flatMap(Readings::deployment)
        .filter(found -> found.name().equals(name));
  }

  /** All deployments of enclaves in the namespace. */
  public List<DeploymentStatus> list() throws IOException {
    return objects.list().stream()
        .flatMap(found -> Readings.deployment(found).stream())
        .toList();
  }

  /** A deployment's pods, those that are ending, too. */
  public List<EnclavePod> pods(String name) throws IOException {
    return objects.pods(Names.requireName(name)).stream()
        .flatMap(pod -> Readings.pod(pod).stream())
        .toList();
  }

  /**
   * Removes a deployment and waits until nothing of it is left; one that is not there already is
   * gone.
   *
   * @throws IOException if something is left after the limit, or the cluster cannot be asked
   */
  public void remove(String name, Duration limit) throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    boolean asked = false;
    while (true) {
      boolean there = find(name).isPresent();
      // Also without a Deployment, which somebody may have deleted alone; not if it is another's.
      if (!asked && (there || objects.find(Names.kubernetesName(name)).isEmpty())) {
        objects.delete(Names.kubernetesName(name));
        asked = true;
      }
      List<EnclavePod> left = pods(name);
      if (!there && left.isEmpty()) {
        return;
      }
      if (System.nanoTime() - end > 0) {
        throw new IOException("deployment \"" + name + "\" is being removed, but of it are left: "
            + (left.isEmpty()
                ? "the Deployment itself"
                : left.stream().map(EnclavePod::name).toList())
            + "; it goes on without this program");
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  /**
   * Asks a pod's enclave for evidence, through its agent.
   *
   * @param nonce 1 to 512 bytes
   * @param limit how long it may take
   * @return an attestation document, not verified, and not said to be this pod's
   * @throws IOException if it gives none, with a message that says why
   */
  public byte[] evidence(EnclavePod pod, byte[] nonce, Duration limit) throws IOException {
    if (reach == Reach.POD_IP) {
      String address = pod.address()
          .orElseThrow(() -> new IOException("pod " + pod.name() + " has no address yet"));
      return AttestationAgent.at(new InetSocketAddress(address, AttestationAgent.PORT))
          .evidence(nonce, limit);
    }
    try (LocalPortForward forward = Faults.explained(
        "forward a port of pod " + pod.name(),
        () -> client
            .pods()
            .inNamespace(namespace)
            .withName(pod.name())
            .portForward(AttestationAgent.PORT))) {
      return AttestationAgent.at(
              new InetSocketAddress(forward.getLocalAddress(), forward.getLocalPort()))
          .evidence(nonce, limit);
    }
  }

  /**
   * The last lines that a pod's container wrote: nitro-cli, the parent program and, in debug mode,
   * the enclave's console. None if the container has not started.
   */
  public List<String> logs(EnclavePod pod, int lines) throws IOException {
    try {
      String text = client
          .pods()
          .inNamespace(namespace)
          .withName(pod.name())
          .inContainer(Names.CONTAINER)
          .tailingLines(lines)
          .getLog();
      return text == null ? List.of() : text.lines().toList();
    } catch (KubernetesClientException e) {
      if (Faults.isNotStarted(e)) {
        return List.of();
      }
      throw new IOException("read the log of pod " + pod.name() + ": " + Faults.explain(e), e);
    }
  }

  /** Ends the connection. What runs goes on. */
  @Override
  public void close() {
    client.close();
  }

  KubernetesClient client() {
    return client;
  }

  Objects objects() {
    return objects;
  }
}
