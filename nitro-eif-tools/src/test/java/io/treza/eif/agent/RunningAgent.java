package io.treza.eif.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.ConfinedProgram;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** An agent's process, and connections to its two sockets. */
final class RunningAgent implements AutoCloseable {
  private final Process process;
  private final Path remote;
  private final Path log;

  /** Where the workload finds it. */
  final Path local;

  private RunningAgent(Process process, Path remote, Path local, Path log) {
    this.process = process;
    this.remote = remote;
    this.local = local;
    this.log = log;
  }

  /**
   * Starts one and waits until it says that it is ready.
   *
   * @param starter a program that starts it, and its arguments; none by default
   */
  static RunningAgent start(
      ConfinedProgram program, Path directory, int workload, String... starter)
      throws IOException, InterruptedException {
    Path remote = directory.resolve("remote");
    Path local = directory.resolve("run/agent.sock");
    Path log = directory.resolve("log");
    List<String> command = new ArrayList<>(List.of(starter));
    command.addAll(List.of(
        program.executable().toString(), Integer.toString(workload), local.toString(), "1"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("TREZA_AGENT_REMOTE", remote.toString());
    builder.redirectError(log.toFile());
    RunningAgent agent = new RunningAgent(builder.start(), remote, local, log);
    // One zero byte when it is ready; then it closes that descriptor.
    InputStream ready = agent.process.getInputStream();
    if (ready.read() != 0 || ready.read() >= 0) {
      agent.process.waitFor();
      throw new IOException(agent.log());
    }
    return agent;
  }

  long pid() {
    return process.pid();
  }

  /** How many descriptors it has open. */
  long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      return all.count();
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end. */
  int exitStatus() throws InterruptedException {
    return process.waitFor();
  }

  /** What it said, and sanitizers about it. */
  String log() throws IOException {
    return Files.readString(log, UTF_8);
  }

  /** As somebody outside the enclave. */
  Peer outside() throws IOException {
    return new Peer(SocketChannel.open(UnixDomainSocketAddress.of(remote)));
  }

  /** As the workload, or another process in the enclave. */
  Peer inside() throws IOException {
    return new Peer(SocketChannel.open(UnixDomainSocketAddress.of(local)));
  }

  /** What somebody outside gets for a nonce. */
  Answer ask(byte[] nonce) throws IOException {
    try (Peer peer = outside()) {
      return peer.ask(Frames.remote(nonce));
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
