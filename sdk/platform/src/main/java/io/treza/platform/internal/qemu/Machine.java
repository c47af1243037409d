package io.treza.platform.internal.qemu;

import io.treza.platform.QemuInstallation;
import io.treza.platform.internal.SocketDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One emulated machine, switched on, with the daemon behind its vsock device. Thread-safe. */
public final class Machine implements AutoCloseable {
  private static final Duration DAEMON_PATIENCE = Duration.ofSeconds(10);
  private static final long POLL_MILLISECONDS = 5;

  private final SocketDirectory sockets;
  private final Supervised daemon;
  private final Supervised emulator;
  private final CompletableFuture<Void> stopped;

  private Machine(
      SocketDirectory sockets,
      Supervised daemon,
      Supervised emulator,
      CompletableFuture<Void> stopped) {
    this.sockets = sockets;
    this.daemon = daemon;
    this.emulator = emulator;
    this.stopped = stopped;
  }

  /**
   * Switches one on.
   *
   * @param cid the guest's number on its vsock, from 3
   * @param console hears every line, of the guest's console and of the two programs; thread-safe
   * @throws IOException if one of the programs cannot be started; nothing is left of the other
   */
  public static Machine boot(
      QemuInstallation programs, MachineSettings settings, int cid, Consumer<String> console)
      throws IOException, InterruptedException {
    SocketDirectory sockets = SocketDirectory.create(Path.of(System.getProperty("java.io.tmpdir")));
    try {
      return boot(programs, settings, cid, console, sockets);
    } catch (IOException | InterruptedException | RuntimeException e) {
      sockets.close();
      throw e;
    }
  }

  private static Machine boot(
      QemuInstallation programs,
      MachineSettings settings,
      int cid,
      Consumer<String> console,
      SocketDirectory sockets)
      throws IOException, InterruptedException {
    List<String> daemonCommand = List.of(
        programs.vsockDaemon().toString(),
        "--vm",
        "guest-cid=" + cid + ",socket=" + sockets.daemon() + ",uds-path=" + sockets.vsock());
    CompletableFuture<Void> daemonEnded = new CompletableFuture<>();
    Supervised daemon = Supervised.start(daemonCommand, sockets.path());
    try {
      ConsoleLines.read(daemon.output(), "vsock", console, () -> daemonEnded.complete(null));
      awaitDaemon(daemon, sockets.daemon());
      CompletableFuture<Void> stopped = new CompletableFuture<>();
      Supervised emulator =
          Supervised.start(command(programs, settings, sockets.daemon()), sockets.path());
      ConsoleLines.read(emulator.output(), "console", console, () -> stopped.complete(null));
      // Without the daemon nobody reaches the enclave.
      CompletableFuture<Void> unused = daemonEnded.thenRun(emulator::close);
      return new Machine(sockets, daemon, emulator, stopped);
    } catch (IOException | InterruptedException | RuntimeException e) {
      daemon.close();
      throw e;
    }
  }

  static void awaitDaemon(Supervised daemon, Path socket) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + DAEMON_PATIENCE.toNanos();
    while (!Files.exists(socket)) {
      if (!daemon.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("vhost-device-vsock did not start; its messages are in the log");
      }
      Thread.sleep(POLL_MILLISECONDS);
    }
  }

  static List<String> command(QemuInstallation programs, MachineSettings settings, Path daemon)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(programs.emulator().toString()));
    programs.firmware().ifPresent(directory -> command.addAll(List.of("-L", directory.toString())));
    command.addAll(settings.arguments());
    command.addAll(List.of("-serial", "stdio", "-chardev", "socket,id=vsock,path=" + daemon));
    return command;
  }

  /** The socket over which the guest's ports are reached. */
  public Path vsock() {
    return sockets.vsock();
  }

  /** Completes when it has stopped, by itself or because it was closed, after its last line. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  /**
   * Stops QEMU where it is. Its own command for that would have it take leave of the daemon, which
   * does not greet twice.
   */
  public void pause() throws IOException {
    emulator.pause();
  }

  /** Lets it go on where it was. */
  public void resume() throws IOException {
    emulator.resume();
  }

  /** Switches it off, with the daemon, and removes the sockets. Does nothing the second time. */
  @Override
  public void close() throws IOException {
    emulator.close();
    daemon.close();
    sockets.close();
  }
}
