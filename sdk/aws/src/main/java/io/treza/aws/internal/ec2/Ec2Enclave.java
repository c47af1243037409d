package io.treza.aws.internal.ec2;

import io.treza.attestation.PcrValue;
import io.treza.aws.internal.ec2.AwsCalls.Refused;
import io.treza.aws.internal.ec2.ParentCommands.Failed;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** An enclave on an EC2 instance of its own, reached through Systems Manager. */
public final class Ec2Enclave implements RunningEnclave {
  /** In seconds; until then what a console prints waits on the instance. */
  private static final int BETWEEN_READINGS = 30;

  /** What the agent takes ({@code docs/enclave-init.md}). */
  private static final int MAX_NONCE = 512;

  private enum State {
    RUNNING,
    PAUSED,
    ENDED
  }

  private final Launch launch;
  private final LaunchRequest request;
  private final EnclaveListener listener;
  private final AtomicReference<State> state;
  private final ConsoleLog console;
  private volatile Optional<ScheduledFuture<?>> reading = Optional.empty();

  private Ec2Enclave(Launch launch, LaunchRequest request, EnclaveListener listener, State state) {
    this.launch = launch;
    this.request = request;
    this.listener = listener;
    this.state = new AtomicReference<>(state);
    this.console = new ConsoleLog(launch::console, listener);
  }

  private static Ec2Enclave of(
      Workshop workshop,
      Launch launch,
      LaunchRequest request,
      EnclaveListener listener,
      State state) {
    Ec2Enclave enclave = new Ec2Enclave(launch, request, listener, state);
    if (request.debugMode()) {
      enclave.reading = Optional.of(workshop
          .timer()
          .scheduleWithFixedDelay(
              enclave::readConsole, BETWEEN_READINGS, BETWEEN_READINGS, TimeUnit.SECONDS));
    }
    return enclave;
  }

  /** Brings one up, or finishes to; see {@link Launch#perform}. */
  public static Ec2Enclave start(Workshop workshop, LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    Launch launch = new Launch(workshop, request, listener);
    launch.perform();
    return of(workshop, launch, request, listener, State.RUNNING);
  }

  /**
   * Finds one again that was launched to the end, and has it prove what it is unless it is paused;
   * empty if there is none, or it has ended.
   */
  public static Optional<Ec2Enclave> find(
      Workshop workshop, LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    Optional<ParentInstance.Seen> seen = workshop.instances().find(request.enclaveId());
    if (seen.isEmpty() || seen.get().is(Tags.State.LAUNCHING)) {
      return Optional.empty();
    }
    Launch launch = new Launch(workshop, request, listener);
    launch.continueOn(seen.get());
    if (seen.get().is(Tags.State.PAUSED) || seen.get().stopped()) {
      return Optional.of(of(workshop, launch, request, listener, State.PAUSED));
    }
    if (!launch.runs()) {
      return Optional.empty();
    }
    launch.prove();
    return Optional.of(of(workshop, launch, request, listener, State.RUNNING));
  }

  /** Removes all there is of one, whoever made it. */
  public static void remove(Workshop workshop, LaunchRequest request) throws IOException {
    new Launch(workshop, request, EnclaveListener.NONE).remove();
  }

  @Override
  public SortedMap<Integer, PcrValue> pcrs() {
    return launch.image().pcrs(request.debugMode());
  }

  /** Verified when it was launched, resumed or found again. */
  @Override
  public Optional<String> moduleId() {
    return launch.module();
  }

  /** At the private address of its instance. */
  @Override
  public Map<Integer, InetSocketAddress> endpoints() {
    return state.get() == State.RUNNING ? launch.endpoints() : Map.of();
  }

  /** Tells what the console has printed, in debug mode. */
  void readConsole() {
    try {
      if (request.debugMode() && state.get() == State.RUNNING) {
        console.read();
      }
    } catch (IOException e) {
      listener.log(Source.BOOT, "the console cannot be read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Its console ends with it, so what is left of that is read before. */
  private void leave(State next) {
    readConsole();
    console.end();
    state.set(next);
    if (next == State.ENDED) {
      reading.ifPresent(timer -> timer.cancel(false));
    }
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
    try {
      return launch.evidence(nonce);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for evidence");
    } catch (Failed | Refused | InstanceEnd e) {
      noteIfEnded(e);
      throw e;
    }
  }

  /** Nobody tells when an enclave ends; that it has is found when it is asked for evidence. */
  private void noteIfEnded(IOException asked) {
    try {
      if (state.get() != State.RUNNING || launch.runs()) {
        return;
      }
      readConsole();
      if (state.compareAndSet(State.RUNNING, State.ENDED)) {
        leave(State.ENDED);
        listener.ended("the enclave has ended by itself; its instance ends with it");
        launch.remove();
      }
    } catch (IOException e) {
      asked.addSuppressed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends the enclave, whose memory nothing could keep, and stops the instance: while it is paused
   * only its volume is paid for. What is resumed is the same image on the same instance, with another
   * module id and nothing of its memory.
   */
  @Override
  public void pause() throws IOException, InterruptedException {
    // Also if it counts as paused already: an earlier process may have ended while pausing it.
    leave(State.PAUSED);
    launch.pause();
  }

  @Override
  public void resume() throws IOException, InterruptedException {
    if (state.get() == State.PAUSED) {
      launch.resume();
      state.set(State.RUNNING);
    }
  }

  @Override
  public void terminate() throws IOException, InterruptedException {
    leave(State.ENDED);
    launch.remove();
  }
}
