package io.treza.eif.forwarder;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.ConfinedProgram;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A forwarder's process, and whom it connects: somebody outside, the workload, the parent. */
public final class RunningForwarder implements AutoCloseable {
  private final Process process;
  private final Path directory;
  private final int port;
  private final ServerSocketChannel workload;
  private final ServerSocketChannel parent;

  private RunningForwarder(
      Process process, Path directory, ServerSocketChannel workload, ServerSocketChannel parent)
      throws IOException {
    this.process = process;
    this.directory = directory;
    this.port = port(workload);
    this.workload = workload;
    this.parent = parent;
  }

  /** Starts one that has a port and these hosts, and waits until it says that it is ready. */
  static RunningForwarder start(ConfinedProgram program, Path directory, String... hosts)
      throws IOException, InterruptedException {
    ServerSocketChannel workload = listen();
    ServerSocketChannel parent = listen();
    List<String> arguments = new ArrayList<>(List.of(Integer.toString(port(workload)), "--"));
    arguments.addAll(List.of(hosts));
    // The address of the parent that the forwarder tries second.
    Process process =
        process(program, directory, Optional.empty(), Optional.of(port(parent)), arguments);
    return new RunningForwarder(process, directory, workload, parent);
  }

  /**
   * Starts a process and waits until it says that it is ready.
   *
   * @param firstParent where that of CID 3 listens for the enclave, which then has the CID 16
   * @param secondParent where that of CID 2 listens
   * @throws IOException if it does not; the message is what it says
   */
  public static Process process(
      ConfinedProgram program,
      Path directory,
      Optional<Integer> firstParent,
      Optional<Integer> secondParent,
      List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(program.executable().toString(), "1", directory.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("TREZA_FORWARDER_SOCKETS", directory.toString());
    firstParent.ifPresent(port -> {
      builder.environment().put("TREZA_OWN_CID", "16");
      builder.environment().put("TREZA_PARENT_3_2000000016", port.toString());
    });
    secondParent.ifPresent(
        port -> builder.environment().put("TREZA_PARENT_2_9002", port.toString()));
    builder.redirectError(directory.resolve("log").toFile());
    Process process = builder.start();
    InputStream ready = process.getInputStream();
    if (ready.read() != 0 || ready.read() >= 0) {
      process.waitFor();
      throw new IOException(Files.readString(directory.resolve("log"), UTF_8));
    }
    return process;
  }

  static ServerSocketChannel listen() throws IOException {
    return listen(0);
  }

  static ServerSocketChannel listen(int port) throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
  }

  static int port(ServerSocketChannel server) throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  /** As somebody outside, who connects to the port. */
  Peer outside() throws IOException {
    return at(Integer.toString(port));
  }

  /** As the workload, which has the proxy connect it. */
  Peer proxy() throws IOException {
    return at("proxy");
  }

  private Peer at(String socket) throws IOException {
    return new Peer(SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve(socket))));
  }

  /** The workload's end of the next connection from outside. */
  Peer workload() throws IOException {
    return new Peer(workload.accept());
  }

  /** Has the workload listen no more. */
  void stopWorkload() throws IOException {
    workload.close();
  }

  /** The parent's end of the next connection that the workload asked for. */
  Peer parent() throws IOException {
    return new Peer(parent.accept());
  }

  /** Has the parent listen no more. */
  void stopParent() throws IOException {
    parent.close();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it said, and sanitizers about it. */
  String log() throws IOException {
    return Files.readString(directory.resolve("log"), UTF_8);
  }

  /** How many descriptors it has open. */
  long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      return all.count();
    }
  }

  /** Memory that it uses, in KiB. */
  long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Waits until it does nothing but wait, which a loop that goes round idly never does. */
  void awaitSleep() throws IOException {
    for (int seen = 0; seen < 50; ) {
      String state = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"));
      // proc(5): the state comes after the name in parentheses; S is asleep until something comes.
      seen = state.substring(state.lastIndexOf(')')).startsWith(") S") ? seen + 1 : 0;
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    workload.close();
    parent.close();
  }
}
