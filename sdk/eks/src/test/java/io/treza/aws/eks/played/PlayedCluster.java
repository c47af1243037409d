package io.treza.aws.eks.played;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A Kubernetes cluster for tests: {@link PlayedApiServer}, and on it a player of controllers and
 * nodes, whose pods have simulated enclaves that can be asked for evidence.
 *
 * <p>The players speak to the API server and nothing else, so that on a real one only what that lacks
 * needs to be played.
 */
public final class PlayedCluster implements AutoCloseable {
  /** The namespace that is played. */
  public static final String NAMESPACE = "enclaves";

  private final PlayedApiServer server = new PlayedApiServer();
  private final PlayedEnclaves enclaves = new PlayedEnclaves();
  private final NamespacedKubernetesClient players = server.playersClient();
  private final PlayedDeployments controllers = new PlayedDeployments(players, NAMESPACE);
  private final PlayedKubelet kubelet = new PlayedKubelet(players, NAMESPACE, enclaves, this::bind);
  private final Semaphore changes = new Semaphore(1);
  private final List<SharedIndexInformer<?>> informers;
  private final Thread player = new Thread(this::play, "played-cluster");
  private volatile boolean closed;

  private PlayedCluster() {
    this.informers = List.of(
        players.pods().inNamespace(NAMESPACE).inform(new Wake<>()),
        players.apps().replicaSets().inNamespace(NAMESPACE).inform(new Wake<>()),
        players.apps().deployments().inNamespace(NAMESPACE).inform(new Wake<>()));
    player.setDaemon(true);
    player.start();
  }

  /** Starts an empty cluster with 10 nodes. */
  public static PlayedCluster start() {
    return new PlayedCluster();
  }

  /** A pinned pod image whose enclave image is of this name. */
  public static String podImage(String name) {
    byte[] id = new byte[32];
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, id, 0, Math.min(text.length, id.length));
    return "registry.example.com/" + name + "@sha256:" + HexFormat.of().formatHex(id);
  }

  /** The API server. */
  public PlayedApiServer server() {
    return server;
  }

  /** The enclaves. */
  public PlayedEnclaves enclaves() {
    return enclaves;
  }

  /** A client for the program under test. */
  public KubernetesClient client() {
    return server.client();
  }

  /** Says what pods of an image do; unless said, they boot an enclave measured as the image. */
  public void behave(String podImage, Behaviour behaviour) {
    kubelet.behave(podImage, behaviour);
  }

  /** Changes the number of nodes that pods are sent to. */
  public void nodes(int number) {
    kubelet.nodes(number);
    changes.release();
  }

  /** Restarts the container of a pod, and with it the enclave. */
  public void restart(String podUid) {
    kubelet.restart(podUid);
    changes.release();
  }

  /** Has a pod pass on the evidence of another's enclave. */
  public void relay(String podUid, String otherUid) {
    kubelet.enclave(podUid).orElseThrow().relayTo(kubelet.enclave(otherUid).orElseThrow());
  }

  /** Has a pod's agent hang up on callers, or no longer. */
  public void silence(String podUid, boolean silent) {
    kubelet.enclave(podUid).orElseThrow().silent(silent);
  }

  /** The module id of a pod's enclave. */
  public String moduleId(String podUid) {
    return kubelet.enclave(podUid).orElseThrow().moduleId();
  }

  /** A pod's objects as an administrator sees them. */
  public KubernetesClient administrator() {
    return players;
  }

  /** Writes a kubeconfig for this cluster. */
  public Path kubeconfig(Path file) throws IOException {
    return Files.writeString(file, """
        apiVersion: v1
        kind: Config
        current-context: played
        contexts:
        - name: played
          context: {cluster: played, user: played, namespace: %s}
        clusters:
        - name: played
          cluster: {server: "%s"}
        users:
        - name: played
          user: {token: none}
        """.formatted(NAMESPACE, server.url()));
  }

  /** Waits until something holds, for at most 30 seconds. */
  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not come about in 30 s: " + what);
      }
      Thread.sleep(20);
    }
  }

  private void bind(Pod pod, String node) {
    players
        .pods()
        .inNamespace(NAMESPACE)
        .withName(pod.getMetadata().getName())
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"nodeName\":\"" + node + "\"}}");
  }

  private void play() {
    while (!closed) {
      try {
        changes.acquire();
        changes.drainPermits();
        controllers.reconcile();
        kubelet.reconcile();
      } catch (KubernetesClientException e) {
        // An object changed or went meanwhile: again, as controllers do.
        changes.release();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    player.interrupt();
    try {
      player.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    informers.forEach(SharedIndexInformer::close);
    players.close();
    server.close();
    enclaves.close();
  }

  private final class Wake<T extends HasMetadata> implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {
      changes.release();
    }

    @Override
    public void onUpdate(T old, T object) {
      changes.release();
    }

    @Override
    public void onDelete(T object, boolean unknown) {
      changes.release();
    }
  }
}
