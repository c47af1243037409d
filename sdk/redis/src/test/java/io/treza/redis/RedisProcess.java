package io.treza.redis;

import io.treza.testsupport.Requirement;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/** A real redis-server that a test starts, kills and starts again on the same port and files. */
final class RedisProcess implements AutoCloseable {
  /** Answers that were given are on disk. */
  static final String[] EVERY_WRITE_ON_DISK = {"--appendonly", "yes", "--appendfsync", "always"};

  /** Only what {@code SAVE} wrote is there after a crash. */
  static final String[] SNAPSHOTS = {"--appendonly", "no"};

  private final Path directory;
  private final int port;
  private final List<String> options;
  private Optional<Process> process = Optional.empty();

  RedisProcess(Path directory, String... options) throws IOException {
    this.directory = directory;
    this.options = List.of(options);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    start();
  }

  private static Path program() {
    Optional<Path> found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, "redis-server"))
        .filter(Files::isExecutable)
        .findFirst();
    Requirement.require(found.isPresent(), "redis-server is not installed (Debian: redis-server)");
    return found.orElseThrow();
  }

  void start() throws IOException {
    List<String> command = new ArrayList<>(List.of(
        program().toString(),
        "--bind",
        "127.0.0.1",
        "--dir",
        directory.toString(),
        "--save",
        "",
        "--repl-diskless-sync-delay",
        "0"));
    if (!options.contains("--tls-port")) {
      command.addAll(List.of("--port", Integer.toString(port)));
    }
    options.forEach(option -> command.add(option.replace("PORT", Integer.toString(port))));
    Process started = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
    process = Optional.of(started);
    awaitReady(started);
  }

  private void awaitReady(Process started) throws IOException {
    Path log = directory.resolve("log");
    while (!Files.readString(log).contains("Ready to accept connections")) {
      if (!started.isAlive()) {
        throw new IOException("redis-server ended: " + Files.readString(log));
      }
      Thread.onSpinWait();
    }
    new Socket(InetAddress.getLoopbackAddress(), port).close();
  }

  /** SIGKILL, as when its machine is lost; returns when it is gone. */
  void kill() {
    process.ifPresent(running -> running.destroyForcibly().onExit().join());
  }

  int port() {
    return port;
  }

  URI address(String... userInfo) {
    return URI.create(
        "redis://" + Arrays.stream(userInfo).findFirst().orElse("") + "127.0.0.1:" + port);
  }

  /** The server as an application reaches it. */
  RedisServer server() {
    return RedisServer.at(address()).insecurePlaintext().maxConnections(64).build();
  }

  /** The server as its administrator sees it. */
  Jedis admin() {
    return new Jedis("127.0.0.1", port);
  }

  @Override
  public void close() {
    kill();
  }
}
