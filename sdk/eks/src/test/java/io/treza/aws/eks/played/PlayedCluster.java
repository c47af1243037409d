package io.treza.aws.eks.played;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.treza.attestation.Measurements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A Kubernetes cluster for tests: an {@link ApiServer}, and on it a player of nodes and, where there
 * are none, of controllers and a scheduler, whose pods have simulated enclaves that can be asked for evidence.
 *
 * <p>The players speak to the API server and nothing else, so that on Kubernetes' own only what that
 * lacks is played.
 */
public final class PlayedCluster implements AutoCloseable {
  /** The namespace that is played. */
  public static final String NAMESPACE = "enclaves";

  private final ApiServer server;
  private final PlayedEnclaves enclaves = new PlayedEnclaves();
  private final NamespacedKubernetesClient players;
  private final PlayedDeployments controllers;
  private final PlayedKubelet kubelet;
  private final Semaphore changes = new Semaphore(1);
  private final List<SharedIndexInformer<?>> informers;
  private final Thread player = new Thread(this::play, "played-cluster");
  private volatile boolean closed;

  private PlayedCluster(ApiServer server) {
    this.server = server;
    this.players = server.playersClient();
    this.controllers = new PlayedDeployments(players, NAMESPACE);
    this.kubelet = new PlayedKubelet(players, NAMESPACE, enclaves, server);
    this.informers = List.of(
        players.pods().inNamespace(NAMESPACE).inform(new Wake<>()),
        players.apps().replicaSets().inNamespace(NAMESPACE).inform(new Wake<>()),
        players.apps().deployments().inNamespace(NAMESPACE).inform(new Wake<>()));
    player.setDaemon(true);
    player.start();
  }

  /** Starts an empty cluster with 10 nodes. */
  public static PlayedCluster start() {
    return new PlayedCluster(ApiServer.start(NAMESPACE));
  }

  /** The same on Kubernetes' own API server, or skips the test. */
  public static PlayedCluster startReal() {
    return new PlayedCluster(RealApiServer.start(NAMESPACE));
  }

  /** A pinned pod image whose enclave image is of this name. */
  public static String podImage(String name) {
    byte[] id = new byte[32];
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, id, 0, Math.min(text.length, id.length));
    return "registry.example.com/" + name + "@sha256:" + HexFormat.of().formatHex(id);
  }

  /** The API server. */
  public ApiServer server() {
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

  /** Says what the enclave in a pod image measures as; unless said, it follows from the name. */
  public void pull(Function<String, Measurements> measured) {
    kubelet.pull(measured);
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
    return Files.writeString(file, server.kubeconfig(NAMESPACE));
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

  /** What else runs in the server outlives this, and so would the objects. */
  private void empty() throws InterruptedException {
    players.services().inNamespace(NAMESPACE).delete();
    players.apps().deployments().inNamespace(NAMESPACE).delete();
    players.pods().inNamespace(NAMESPACE).delete();
    await("an empty namespace", () -> {
      changes.release();
      return players
              .apps()
              .replicaSets()
              .inNamespace(NAMESPACE)
              .list()
              .getItems()
              .isEmpty()
          && players.pods().inNamespace(NAMESPACE).list().getItems().isEmpty();
    });
    players.nodes().delete();
  }

  private void play() {
    while (!closed) {
      try {
        changes.acquire();
        changes.drainPermits();
        if (!server.hasControllers()) {
          controllers.reconcile();
        }
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
    if (server.hasControllers()) {
      try {
        empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
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
