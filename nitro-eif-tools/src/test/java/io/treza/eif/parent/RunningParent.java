package io.treza.eif.parent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A parent program's process, and the enclave whose channels it carries: by default CID 1. */
final class RunningParent implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final int egress;
  private final List<String> lines;

  private RunningParent(Process process, Path log, int egress, List<String> lines) {
    this.process = process;
    this.log = log;
    this.egress = egress;
    this.lines = lines;
  }

  /**
   * Starts one and waits until it says where it listens.
   *
   * @throws IOException if it does not; the message is what it says
   */
  static RunningParent start(ConfinedProgram program, Path directory, String... arguments)
      throws IOException, InterruptedException {
    return start(program, directory, List.of(), Map.of(), List.of(arguments));
  }

  /** The same, by way of another command that executes what follows it, with this environment. */
  static RunningParent start(
      ConfinedProgram program,
      Path directory,
      List<String> before,
      Map<String, String> environment,
      List<String> arguments)
      throws IOException, InterruptedException {
    int egress = freePort();
    List<String> command = new ArrayList<>(before);
    command.addAll(List.of(program.executable().toString(), "--cid", "1"));
    command.addAll(arguments);
    Path log = directory.resolve("parent.log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().put("TREZA_PARENT_LISTEN_2000000001", Integer.toString(egress));
    builder.environment().putAll(environment);
    Process process = builder.start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader out = process.inputReader(UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    }
    // Standard output ends when it listens, and when it ends itself.
    String said = Files.readString(log, UTF_8);
    if (!said.isEmpty()) {
      process.waitFor();
      throw new IOException(said);
    }
    return new RunningParent(process, log, egress, lines);
  }

  /** A port that nobody listens at now. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static ServerSocketChannel listen() throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
  }

  static int port(ServerSocketChannel server) throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  /** What it printed. */
  List<String> lines() {
    return lines;
  }

  /** The port in so manieth a line. */
  private int ingressPort(int index) {
    String line = lines.get(index);
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1, line.indexOf('=')));
  }

  /** As a client of the first port. */
  Peer client() throws IOException {
    return client(0);
  }

  Peer client(int index) throws IOException {
    return new Peer(SocketChannel.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), ingressPort(index))));
  }

  /** As the enclave, which asks for this, as its forwarder does. */
  Peer ask(String host, int port) throws IOException {
    return enclave(1).send(request(host, port));
  }

  static String request(String host, int port) {
    return "TZE1" + (char) (port >> 8) + (char) (port & 0xff) + (char) host.length() + host;
  }

  /** As the enclave of this CID, before it asks for anything. */
  Peer enclave(int cid) throws IOException {
    SocketChannel channel = SocketChannel.open()
        .bind(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) cid}), 0));
    channel.connect(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), egress));
    return new Peer(channel);
  }

  int egressPort() {
    return egress;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Process process() {
    return process;
  }

  /** What it said, and sanitizers about it. */
  String log() throws IOException {
    return Files.readString(log, UTF_8);
  }

  /** How many descriptors it has open. */
  long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      return all.count();
    }
  }

  /** Its status by proc(5). */
  static Map<String, String> status(long pid) throws IOException {
    Map<String, String> status = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      String[] parts = line.split(":", 2);
      status.put(parts[0], parts[1].strip());
    }
    return status;
  }

  /** Waits until no more descriptors are open than these. */
  void awaitDescriptors(long most) throws IOException {
    while (isAlive() && descriptors() > most) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
