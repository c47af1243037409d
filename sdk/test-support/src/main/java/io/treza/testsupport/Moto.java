package io.treza.testsupport;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A moto_server of one's own: found where {@code TREZA_MOTO} says, in the path, or among pyenv's
 * versions. What it does and drops is its authors' business.
 */
public final class Moto implements AutoCloseable {
  private static final int TRIES = 600;
  private static final int MILLIS_BETWEEN = 100;

  private final Process process;
  private final URI uri;

  private Moto(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /** Starts one, or skips the test. */
  public static Moto start() throws IOException, InterruptedException {
    Optional<Path> program = find();
    Requirement.require(
        program.isPresent(), "moto_server is not here: pip install 'moto[server]==5.2.1'");
    int port = freePort();
    Process process = new ProcessBuilder(
            program.orElseThrow().toString(), "-H", "127.0.0.1", "-p", Integer.toString(port))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    Moto moto = new Moto(process, URI.create("http://127.0.0.1:" + port));
    moto.awaitAnswer();
    return moto;
  }

  /** Where it listens. */
  public URI uri() {
    return uri;
  }

  /** Makes it forget everything. */
  public void reset() throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri.resolve("/moto-api/reset"))
        .POST(HttpRequest.BodyPublishers.noBody())
        .build();
    int status = HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
    if (status != 200) {
      throw new IOException("moto answered " + status);
    }
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      try {
        reset();
        return;
      } catch (IOException e) {
        Thread.sleep(MILLIS_BETWEEN); // a process starts
      }
    }
    close();
    throw new IOException("moto_server did not start");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Optional<Path> find() throws IOException {
    String named = System.getenv("TREZA_MOTO");
    if (named != null && !named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    List<Path> installed = List.of();
    if (Files.isDirectory(versions)) {
      try (Stream<Path> all = Files.list(versions)) {
        installed = all.map(version -> version.resolve("bin")).sorted().toList();
      }
    }
    // A shim of pyenv's is in the path even where the version in use has no moto.
    Stream<Path> path = Arrays.stream(
            System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty() && !directory.endsWith("shims"))
        .map(Path::of);
    return Stream.concat(path, installed.stream())
        .map(directory -> directory.resolve("moto_server"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
