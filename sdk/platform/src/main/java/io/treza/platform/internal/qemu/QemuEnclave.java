package io.treza.platform.internal.qemu;

import io.treza.attestation.PcrValue;
import io.treza.platform.EnclaveListener;
import io.treza.platform.QemuInstallation;
import io.treza.platform.RunningEnclave;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.VsockUds;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DocumentBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An enclave that runs in an emulated machine, and whose documents, which the emulated NSM does not
 * sign, are signed here under the development root.
 */
public final class QemuEnclave implements RunningEnclave {
  private enum State {
    BOOTING,
    RUNNING,
    PAUSED,
    /** By itself. */
    ENDED,
    TERMINATED
  }

  private static final Duration AGENT_PATIENCE = Duration.ofSeconds(20);

  private final Machine machine;
  private final AgentClient agent;
  private final MachineSettings settings;
  private final Console console;
  private final SortedMap<Integer, PcrValue> pcrs;
  private final InstantSource clock;
  private final AtomicReference<State> state = new AtomicReference<>(State.BOOTING);
  private final AtomicReference<CertificateChain> chain;
  private final ReadWriteLock running = new ReentrantReadWriteLock();

  private QemuEnclave(
      Machine machine,
      MachineSettings settings,
      Console console,
      SortedMap<Integer, PcrValue> pcrs,
      CertificateChain chain,
      InstantSource clock) {
    this.machine = machine;
    this.agent =
        new AgentClient(limit -> VsockUds.connect(machine.vsock(), AgentClient.PORT, limit));
    this.settings = settings;
    this.console = console;
    this.pcrs = pcrs;
    this.chain = new AtomicReference<>(chain);
    this.clock = clock;
  }

  /**
   * Boots it and waits until its application has started, by when its agent answers.
   *
   * @param settings the EIF that they name is removed with the enclave
   * @param chain signs its documents and has its module id
   * @param patience how long it may boot
   * @throws IOException if it does not start; the message has its last words
   */
  public static QemuEnclave start(
      QemuInstallation programs,
      MachineSettings settings,
      int cid,
      SortedMap<Integer, PcrValue> pcrs,
      CertificateChain chain,
      InstantSource clock,
      Duration patience,
      EnclaveListener listener)
      throws IOException, InterruptedException {
    Console console = new Console(listener);
    Machine machine = Machine.boot(programs, settings, cid, console);
    QemuEnclave enclave = new QemuEnclave(machine, settings, console, pcrs, chain, clock);
    try {
      CompletableFuture<Void> unused =
          machine.stopped().thenRun(() -> enclave.hasStopped(listener));
      enclave.awaitStart(patience);
      return enclave;
    } catch (IOException | InterruptedException | RuntimeException e) {
      enclave.terminate();
      throw e;
    }
  }

  private void awaitStart(Duration patience) throws IOException, InterruptedException {
    try {
      CompletableFuture.anyOf(console.started(), machine.stopped())
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "the enclave's application did not start in " + patience.toSeconds()
              + " s; its last words: " + console.lastWords(),
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("neither fails", e);
    }
    if (machine.stopped().isDone() || !state.compareAndSet(State.BOOTING, State.RUNNING)) {
      throw new IOException(end());
    }
  }

  private void hasStopped(EnclaveListener listener) {
    State before = state.getAndUpdate(now -> now == State.TERMINATED ? now : State.ENDED);
    if (before == State.RUNNING || before == State.PAUSED) {
      try {
        release();
      } catch (IOException e) {
        listener.log(EnclaveListener.Source.BOOT, "not removed: " + e.getMessage());
      }
      listener.ended(end());
    }
  }

  private String end() {
    return "the enclave ended: " + console.lastWords();
  }

  @Override
  public SortedMap<Integer, PcrValue> pcrs() {
    return pcrs;
  }

  @Override
  public byte[] evidence(byte[] nonce) throws IOException {
    byte[] unsigned = unsigned(nonce);
    CertificateChain signing = chain.updateAndGet(now -> now.validAt(clock.instant()));
    try {
      return DocumentBuilder.of(signing, unsigned).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("the enclave's agent answered with no document: " + e.getMessage(), e);
    }
  }

  /** The socket over which its ports are reached. */
  Path vsock() {
    return machine.vsock();
  }

  /** The document as the emulated NSM gives it, with neither certificate nor signature. */
  byte[] unsigned(byte[] nonce) throws IOException {
    // The daemon fails if it finds out late, as after a pause, that a caller has gone.
    running.readLock().lock();
    try {
      requireRunning();
      return agent.document(nonce, AGENT_PATIENCE);
    } finally {
      running.readLock().unlock();
    }
  }

  private void requireRunning() throws IOException {
    if (state.get() == State.PAUSED) {
      throw new IOException("the enclave is paused");
    } else if (state.get() == State.ENDED) {
      throw new IOException(end());
    } else if (state.get() != State.RUNNING) {
      throw new IOException("the enclave does not run");
    }
  }

  /** Unlike on hardware, it is the same enclave that goes on later. */
  @Override
  public void pause() throws IOException, InterruptedException {
    running.writeLock().lockInterruptibly();
    try {
      if (!state.compareAndSet(State.RUNNING, State.PAUSED)) {
        throw new IOException("the enclave does not run");
      }
      machine.pause();
    } finally {
      running.writeLock().unlock();
    }
  }

  @Override
  public void resume() throws IOException {
    machine.resume();
    if (!state.compareAndSet(State.PAUSED, State.RUNNING)) {
      throw new IOException("the enclave is not paused");
    }
  }

  @Override
  public void terminate() throws IOException {
    state.set(State.TERMINATED);
    release();
  }

  private void release() throws IOException {
    machine.close();
    Files.deleteIfExists(settings.eif());
  }
}
