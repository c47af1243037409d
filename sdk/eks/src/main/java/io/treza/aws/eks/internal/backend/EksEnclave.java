package io.treza.aws.eks.internal.backend;

import io.treza.attestation.PcrValue;
import io.treza.aws.eks.DeploymentStatus;
import io.treza.aws.eks.EnclavePod;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An enclave in the pod of a deployment of its own. Kubernetes replaces a pod that ends, with
 * another enclave of the same image, and the gatekeeper attests that anew.
 */
public final class EksEnclave implements RunningEnclave {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final int MAX_NONCE = 512;

  private enum State {
    RUNNING,
    PAUSED,
    ENDED
  }

  private final Launch launch;
  private final LaunchRequest request;
  private final EnclaveListener listener;
  private final Memory.Entry entry;
  private final AtomicReference<State> state;

  private EksEnclave(
      Launch launch,
      LaunchRequest request,
      EnclaveListener listener,
      Memory.Entry entry,
      State state) {
    this.launch = launch;
    this.request = request;
    this.listener = listener;
    this.entry = entry;
    this.state = new AtomicReference<>(state);
  }

  /** Brings one up, or finishes to. */
  public static EksEnclave start(Workshop workshop, LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    Launch launch = new Launch(workshop, request, listener);
    return new EksEnclave(launch, request, listener, launch.perform(), State.RUNNING);
  }

  /** Finds one again that was launched to the end; empty if there is none. */
  public static Optional<EksEnclave> find(
      Workshop workshop, LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    Launch launch = new Launch(workshop, request, listener);
    Optional<DeploymentStatus> there = launch.ours();
    Optional<Memory.Entry> entry = workshop.memory().find(request.enclaveId());
    if (there.isPresent() && entry.isEmpty()) {
      throw new IOException("the deployment " + request.enclaveId() + " is there, but this server's"
          + " data directory does not say what it was built as: put that back, or terminate the"
          + " enclave");
    }
    if (there.isEmpty() || !entry.get().launched()) {
      return Optional.empty();
    }
    var unused = launch.watch();
    State state = there.get().desired() == 0 ? State.PAUSED : State.RUNNING;
    return Optional.of(new EksEnclave(launch, request, listener, entry.get(), state));
  }

  /** Removes all there is of one, whoever made it. */
  public static void remove(Workshop workshop, LaunchRequest request)
      throws IOException, InterruptedException {
    new Launch(workshop, request, EnclaveListener.NONE).remove();
  }

  @Override
  public SortedMap<Integer, PcrValue> pcrs() {
    return entry.image().pcrs(request.debugMode());
  }

  /** Verified each time that the gatekeeper attests the pod. */
  @Override
  public Optional<String> moduleId() {
    return launch.presence().now().map(Presence.Attested::moduleId);
  }

  /** At the pod's own address, which is reached from inside the cluster's network. */
  @Override
  public Map<Integer, InetSocketAddress> endpoints() {
    Map<Integer, InetSocketAddress> endpoints = new TreeMap<>();
    launch
        .presence()
        .now()
        .flatMap(now -> now.pod().address())
        .ifPresent(address -> request
            .exposedPorts()
            .forEach(port -> endpoints.put(port, new InetSocketAddress(address, port))));
    return endpoints;
  }

  @Override
  public byte[] evidence(byte[] nonce) throws IOException {
    if (nonce.length < 1 || nonce.length > MAX_NONCE) {
      throw new IOException(
          "a nonce of " + nonce.length + " bytes: the enclave's agent takes 1 to " + MAX_NONCE);
    } else if (state.get() != State.RUNNING) {
      throw new IOException(
          state.get() == State.PAUSED ? "the enclave is paused" : "the enclave has ended");
    }
    Optional<EnclavePod> ready =
        launch.pods().stream().filter(pod -> pod.ready() && !pod.ending()).findFirst();
    if (ready.isEmpty()) {
      noteIfGone();
      throw new IOException("no pod of it is ready: it is being replaced, or was not attested; the"
          + " log says which");
    }
    return launch.cluster().evidence(ready.get(), nonce, ANSWER);
  }

  private void noteIfGone() throws IOException {
    if (launch.ours().isEmpty() && state.compareAndSet(State.RUNNING, State.ENDED)) {
      listener.ended("somebody deleted its Deployment");
    }
  }

  /**
   * Ends its pod, whose memory nothing could keep. What is resumed is another enclave of the same
   * image, with another module id, perhaps on another node.
   */
  @Override
  public void pause() throws IOException, InterruptedException {
    // Also if it counts as paused already: an earlier process may have ended while pausing it.
    state.set(State.PAUSED);
    launch.pause();
    launch.presence().leave();
  }

  @Override
  public void resume() throws IOException, InterruptedException {
    if (state.get() != State.PAUSED) {
      return;
    }
    try {
      launch.rollOut(entry);
    } catch (IOException | InterruptedException e) {
      try {
        launch.pause();
      } catch (IOException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
    state.set(State.RUNNING);
  }

  @Override
  public void terminate() throws IOException, InterruptedException {
    state.set(State.ENDED);
    launch.remove();
  }
}
