package io.treza.platform.internal.qemu;

import io.treza.platform.QemuInstallation;
import io.treza.platform.internal.SocketDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Emulated machines on one vsock daemon, which carries what one sends to the CID of another: a parent
 * instance and its enclave, as they see each other on AWS.
 */
final class SiblingMachines implements AutoCloseable {
  private final QemuInstallation programs;
  private final SocketDirectory sockets;
  private final Map<Integer, Supervised> emulators = new TreeMap<>();
  private final Deque<Supervised> started = new ArrayDeque<>();

  private SiblingMachines(QemuInstallation programs, SocketDirectory sockets) {
    this.programs = programs;
    this.sockets = sockets;
  }

  /** Starts the daemon for machines of these CIDs, none of which is switched on. */
  static SiblingMachines of(QemuInstallation programs, int... cids)
      throws IOException, InterruptedException {
    SocketDirectory sockets = SocketDirectory.create(Path.of(System.getProperty("java.io.tmpdir")));
    SiblingMachines machines = new SiblingMachines(programs, sockets);
    Deque<String> command = new ArrayDeque<>(List.of(programs.vsockDaemon().toString()));
    for (int cid : cids) {
      command.add("--vm");
      command.add("guest-cid=" + cid + ",socket=" + machines.daemon(cid) + ",uds-path="
          + machines.vsock(cid));
    }
    Supervised daemon = Supervised.start(List.copyOf(command), sockets.path());
    machines.started.push(daemon);
    ConsoleLines.read(daemon.output(), "vsock", line -> {}, () -> {});
    for (int cid : cids) {
      Machine.awaitDaemon(daemon, machines.daemon(cid));
    }
    return machines;
  }

  private Path daemon(int cid) {
    return sockets.path().resolve("daemon" + cid);
  }

  /** The socket over which the host reaches a machine's ports. */
  Path vsock(int cid) {
    return sockets.path().resolve("vm" + cid);
  }

  /** Switches one on. */
  void boot(int cid, MachineSettings settings, Emulation.Heard heard) throws IOException {
    Supervised emulator =
        Supervised.start(Machine.command(programs, settings, daemon(cid)), sockets.path());
    started.push(emulator);
    emulators.put(cid, emulator);
    ConsoleLines.read(emulator.output(), "console", new Console(heard), () -> {});
  }

  /** Switches one off, as by its power cord. */
  void kill(int cid) {
    emulators.get(cid).close();
  }

  @Override
  public void close() throws IOException {
    started.forEach(Supervised::close);
    sockets.close();
  }
}
