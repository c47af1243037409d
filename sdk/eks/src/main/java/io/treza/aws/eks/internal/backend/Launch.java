package io.treza.aws.eks.internal.backend;

import io.treza.aws.eks.DeploymentStatus;
import io.treza.aws.eks.EnclaveCluster;
import io.treza.aws.eks.EnclaveDeployment;
import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.Gatekeeper;
import io.treza.aws.eks.RolloutOutcome;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Brings one enclave up on the cluster, and takes it down again.
 *
 * <p>Each step may be repeated: a launch that was cut off anywhere is finished by launching again.
 * One thread at a time launches, pauses, resumes or removes.
 */
final class Launch {
  private static final Duration REMOVAL = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final int LAST_LINES = 40;

  private final Workshop workshop;
  private final LaunchRequest request;
  private final EnclaveListener listener;
  private final Presence presence;

  Launch(Workshop workshop, LaunchRequest request, EnclaveListener listener) {
    this.workshop = workshop;
    this.request = request;
    this.listener = listener;
    this.presence = new Presence(listener);
  }

  /** Where it is, once it was rolled out or watched. */
  Presence presence() {
    return presence;
  }

  /** Has the gatekeeper tell of its pods from now. */
  Gatekeeper watch() throws IOException, InterruptedException {
    workshop.gates().listen(id(), presence);
    return workshop.gates().keeper();
  }

  /** Performs all steps; if one fails, undoes them, the last first. */
  Memory.Entry perform() throws IOException, InterruptedException {
    // Before anything is there to undo: it may be somebody else's.
    Optional<DeploymentStatus> there = ours();
    try {
      Memory.Entry entry = image();
      there.ifPresent(found -> say("goes on with the Deployment " + found.name()));
      rollOut(entry);
      Memory.Entry launched = new Memory.Entry(entry.image(), entry.debugMode(), true);
      workshop.memory().put(id(), launched);
      return launched;
    } catch (IOException | InterruptedException | RuntimeException e) {
      rollBack(e);
      throw e;
    }
  }

  /** Builds, pushes and remembers, unless an earlier process did all of it. */
  private Memory.Entry image() throws IOException {
    Optional<Memory.Entry> known = workshop.memory().find(id());
    if (known.isPresent()) {
      return known.get();
    }
    MadeImage made = workshop.images().make(request, listener);
    say("the pod's image is " + made.podImage());
    Memory.Entry entry = new Memory.Entry(made, request.debugMode(), false);
    workshop.memory().put(id(), entry);
    return entry;
  }

  /** Has a pod run it, and waits until its evidence was verified and Kubernetes calls it ready. */
  void rollOut(Memory.Entry entry) throws IOException, InterruptedException {
    Gatekeeper keeper = watch();
    RolloutOutcome outcome =
        keeper.rollOut(deployment(entry), workshop.settings().limit());
    if (outcome instanceof RolloutOutcome.Completed completed) {
      for (EnclavePod pod : completed.pods()) {
        keeper.verdict(pod.uid()).ifPresent(verdict -> presence.judged(pod, verdict));
        repeatLog(pod);
      }
      return;
    }
    throw new IOException(explained(outcome));
  }

  private String explained(RolloutOutcome outcome) {
    if (outcome instanceof RolloutOutcome.Refused refused) {
      repeatLog(refused.pod());
      return "the enclave that runs is not the one that was built: "
          + refused.verdict().explanation();
    } else if (outcome instanceof RolloutOutcome.Crashed crashed) {
      repeatLog(crashed.pod());
      return "the pod " + crashed.pod().name() + " ends again and again: " + crashed.why();
    } else if (outcome instanceof RolloutOutcome.TimedOut late) {
      return "after " + workshop.settings().limit().toSeconds() + " s there is no attested pod: "
          + String.join("; ", late.waitingFor()) + "; treza eks check says what a cluster lacks";
    }
    throw new IllegalStateException(outcome.toString());
  }

  private void repeatLog(EnclavePod pod) {
    try {
      cluster().logs(pod, LAST_LINES).forEach(line -> listener.log(Source.BOOT, line));
    } catch (IOException e) {
      say("the pod's log cannot be read: " + e.getMessage());
    }
  }

  private EnclaveDeployment deployment(Memory.Entry entry) {
    Settings settings = workshop.settings();
    EnclaveDeployment.Builder deployment = EnclaveDeployment.builder(
            id(), entry.image().podImage(), request.cpuCount(), request.memoryMiB())
        .owner(settings.owner())
        .release(
            entry.image().pcrs(request.debugMode()).values().iterator().next().toString())
        .hugePages(settings.hugePages());
    request.exposedPorts().forEach(deployment::exposePort);
    request.allowedHosts().forEach(deployment::allowHost);
    if (settings.countedCpus()) {
      deployment.countCpus();
    }
    if (request.debugMode()) {
      deployment.debugMode();
    }
    return deployment.build();
  }

  /**
   * The Deployment, if there is one.
   *
   * @throws IOException if it is another owner's
   */
  Optional<DeploymentStatus> ours() throws IOException {
    Optional<DeploymentStatus> there = cluster().find(id());
    String owner = workshop.settings().owner();
    if (there.isPresent() && !there.get().owner().equals(Optional.of(owner))) {
      throw new IOException("deployment " + id() + " in namespace " + cluster().namespace()
          + " is not of the owner " + owner + " but of "
          + there.get().owner().orElse("none"));
    }
    return there;
  }

  private void rollBack(Exception cause) throws IOException {
    // An interruption must not leave behind what it interrupted.
    boolean interrupted = Thread.interrupted() || cause instanceof InterruptedException;
    try {
      remove();
    } catch (IOException e) {
      throw new IOException(cause.getMessage() + "; and then " + e.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(
          cause.getMessage() + "; and then removing was interrupted: " + leftovers(), cause);
    } finally {
      if (interrupted && !(cause instanceof InterruptedException)) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Removes all there is, whoever made it. */
  void remove() throws IOException, InterruptedException {
    try {
      // Another owner's is refused; without a Deployment there may still be pods or a Service.
      ours();
      cluster().remove(id(), REMOVAL);
    } catch (IOException e) {
      throw new IOException(
          "not everything could be removed: " + leftovers() + " (" + e.getMessage() + ")", e);
    }
    workshop.memory().forget(id());
    workshop.gates().forget(id());
  }

  private String leftovers() {
    return "what is left in namespace " + cluster().namespace() + " has the label"
        + " treza.io/deployment=" + id();
  }

  /** Ends its pod, and waits until it is gone. */
  void pause() throws IOException, InterruptedException {
    cluster().scale(id(), 0);
    long end = System.nanoTime() + REMOVAL.toNanos();
    while (!pods().isEmpty()) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("its pod does not end: " + pods());
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  List<EnclavePod> pods() throws IOException {
    return cluster().pods(id());
  }

  EnclaveCluster cluster() {
    return workshop.cluster();
  }

  private String id() {
    return request.enclaveId();
  }

  private void say(String line) {
    listener.log(Source.BOOT, line);
  }
}
