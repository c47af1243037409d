package io.treza.samples.channel.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A process of the benchmark, which says where it listens, and what it uses. */
final class Child implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final Writer in;

  private Child(ProcessBuilder builder) throws IOException {
    process = builder.redirectError(Redirect.INHERIT).start();
    out = process.inputReader();
    in = process.outputWriter();
  }

  /** Runs a main class of this benchmark in a JVM of its own. */
  static Child java(Class<?> main, List<String> options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new Child(new ProcessBuilder(command));
  }

  static Child of(String... command) throws IOException {
    return new Child(new ProcessBuilder(command));
  }

  /**
   * The enclave's forwarder, built with Unix sockets in place of vsock: a port is a socket of that
   * name in the directory, and leads to the same TCP port.
   */
  static Child forwarder(Path executable, Path directory, long port) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(
        executable.toString(), "1", directory.toString(), Long.toString(port), "--");
    builder.environment().put("TREZA_FORWARDER_SOCKETS", directory.toString());
    Child child = new Child(builder);
    if (child.out.read() != 0) {
      child.close();
      throw new IOException("the forwarder did not start");
    }
    return child;
  }

  /** The next number that it prints. */
  long number() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("a process of the benchmark has ended; its own message stands above");
    }
    return Long.parseLong(line);
  }

  long heap() throws IOException {
    in.write("\n");
    in.flush();
    return number();
  }

  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      return open.count();
    }
  }

  /** What the process has in memory, in bytes (VmRSS of proc(5)). */
  long resident() throws IOException {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      String line = lines.filter(text -> text.startsWith("VmRSS:")).findFirst().orElseThrow();
      return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
