package io.treza.platform.internal.qemu;

import io.treza.attestation.PcrValue;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuInstallation;
import io.treza.platform.RunningEnclave;
import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.ParentChannels;
import io.treza.platform.internal.VsockUds;
import io.treza.testkit.CertificateChain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;

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
  private final Identity identity;
  private final Opening opening;
  private final AtomicReference<State> state = new AtomicReference<>(State.BOOTING);
  private final Endorser endorser;
  private final ReadWriteLock running = new ReentrantReadWriteLock();
  private final Optional<DocumentSigner> signer;
  private volatile ParentChannels channels = ParentChannels.CLOSED;

  private QemuEnclave(
      Machine machine,
      MachineSettings settings,
      Console console,
      Identity identity,
      Opening opening,
      EnclaveListener listener)
      throws IOException {
    this.machine = machine;
    this.agent =
        new AgentClient(limit -> VsockUds.connect(machine.vsock(), AgentClient.PORT, limit));
    this.settings = settings;
    this.console = console;
    this.identity = identity;
    this.opening = opening;
    this.endorser = new Endorser(identity, settings);
    this.signer = opening.usesSigner()
        ? Optional.of(DocumentSigner.start(endorser::signedIfOwn, listener))
        : Optional.empty();
  }

  /**
   * What its documents say of it, and in whose name.
   *
   * @param pcrs what was measured of its image
   * @param chain signs its documents and has its module id
   * @param clock dates them
   */
  public record Identity(
      SortedMap<Integer, PcrValue> pcrs, CertificateChain chain, InstantSource clock) {}

  /**
   * How the parent's ends of its channels are opened, each time it starts to run.
   *
   * @param request what it asks for; a program inside that asks for {@value DocumentSigner#NAME} has
   *     its own documents signed there
   * @param egress settings of the way out, besides the allowed hosts
   */
  public record Opening(LaunchRequest request, UnaryOperator<Egress.Builder> egress) {
    private boolean usesSigner() {
      return request.allowedHosts().contains(DocumentSigner.NAME);
    }

    private ParentChannels open(EnclaveTransport transport, Optional<DocumentSigner> signer)
        throws IOException {
      return ParentChannels.open(transport, request, builder -> {
        signer.ifPresent(own -> builder.resolve(DocumentSigner.NAME, own.address()));
        return egress.apply(builder);
      });
    }
  }

  /**
   * Boots it and waits until its application has started, by when its agent answers.
   *
   * @param settings the EIF that they name is removed with the enclave
   * @param patience how long it may boot
   * @throws IOException if it does not start; the message has its last words
   */
  public static QemuEnclave start(
      QemuInstallation programs,
      MachineSettings settings,
      int cid,
      Identity identity,
      Opening opening,
      Duration patience,
      EnclaveListener listener)
      throws IOException, InterruptedException {
    Console console = new Console(listener);
    Machine machine = Machine.boot(programs, settings, cid, console);
    QemuEnclave enclave = made(machine, settings, console, identity, opening, listener);
    try {
      // Before the application starts, which may reach out at once.
      enclave.openChannels();
      CompletableFuture<Void> unused =
          machine.stopped().thenRun(() -> enclave.hasStopped(listener));
      enclave.awaitStart(patience);
      return enclave;
    } catch (IOException | InterruptedException | RuntimeException e) {
      enclave.terminate();
      throw e;
    }
  }

  private static QemuEnclave made(
      Machine machine,
      MachineSettings settings,
      Console console,
      Identity identity,
      Opening opening,
      EnclaveListener listener)
      throws IOException {
    try {
      return new QemuEnclave(machine, settings, console, identity, opening, listener);
    } catch (IOException e) {
      machine.close();
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

  /** What has ended has no channels, nor gets any. */
  private synchronized void openChannels() throws IOException {
    if (state.get() == State.ENDED || state.get() == State.TERMINATED) {
      throw new IOException(end());
    }
    channels = opening.open(EnclaveTransport.unixSocket(machine.vsock()), signer);
  }

  private synchronized void closeChannels() throws IOException {
    ParentChannels open = channels;
    channels = ParentChannels.CLOSED;
    open.close();
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
    return identity.pcrs();
  }

  @Override
  public Optional<String> moduleId() {
    return Optional.of(identity.chain().moduleId());
  }

  @Override
  public Map<Integer, InetSocketAddress> endpoints() {
    return channels.endpoints();
  }

  @Override
  public byte[] evidence(byte[] nonce) throws IOException {
    return endorser.signed(unsigned(nonce));
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
      closeChannels();
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
    openChannels();
  }

  @Override
  public void terminate() throws IOException {
    state.set(State.TERMINATED);
    release();
  }

  private void release() throws IOException {
    try {
      closeChannels();
      if (signer.isPresent()) {
        signer.get().close();
      }
    } finally {
      machine.close();
      Files.deleteIfExists(settings.eif());
    }
  }
}
