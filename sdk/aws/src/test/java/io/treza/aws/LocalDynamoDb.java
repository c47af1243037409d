package io.treza.aws;

import io.treza.platform.ClassPath;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** AWS's emulator, DynamoDB Local, as a process that a test starts, kills and starts again. */
final class LocalDynamoDb implements AutoCloseable {
  private static final String MAIN = "software.amazon.dynamodb.services.local.main.ServerRunner";

  private final Path directory;
  private final int port;
  private Optional<Process> process = Optional.empty();

  /** Starts it with its files in a directory. */
  LocalDynamoDb(Path directory) throws IOException {
    this.directory = directory;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    start();
  }

  void start() throws IOException {
    Path natives = Path.of("target/native").toAbsolutePath();
    Requirement.require(
        Files.isDirectory(natives)
            && System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").equals("Linux"),
        "DynamoDB Local's native library is not here: it is for Linux on x86-64, and mvn puts it into"
            + " target/native");
    Path log = directory.resolve("log");
    Process started = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Dsqlite4java.library.path=" + natives,
            "-cp",
            ClassPath.text(),
            MAIN,
            "-dbPath",
            directory.toString(),
            "-sharedDb",
            "-disableTelemetry",
            "-port",
            Integer.toString(port))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    process = Optional.of(started);
    while (!accepts()) {
      if (!started.isAlive()) {
        throw new IOException("DynamoDB Local ended: " + Files.readString(log));
      }
      Thread.onSpinWait();
    }
  }

  private boolean accepts() {
    try {
      new Socket(InetAddress.getLoopbackAddress(), port).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** SIGKILL, as when its machine is lost; returns when it is gone. */
  void kill() {
    process.ifPresent(running -> running.destroyForcibly().onExit().join());
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** A table by this name, which is made if it is missing. */
  DynamoDbTable table(String name) {
    DynamoDbTable table = DynamoDbTable.named(name)
        .region("eu-central-1")
        .insecureEmulator(address())
        .build();
    table.createWithoutBackups();
    return table;
  }

  @Override
  public void close() {
    kill();
  }
}
