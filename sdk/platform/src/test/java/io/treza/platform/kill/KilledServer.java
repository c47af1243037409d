package io.treza.platform.kill;

import io.treza.image.FileEntry;
import io.treza.platform.ClassPath;
import io.treza.platform.Limits;
import io.treza.platform.SimulatedBackend;
import io.treza.platform.TrezaPlatform;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A platform in a process of its own, which can be killed. */
final class KilledServer {
  private final Process process;
  private final URI url;
  private final String key;

  private KilledServer(Process process, URI url, String key) {
    this.process = process;
    this.url = url;
    this.key = key;
  }

  /** The process: serves, prints address and a new key of the wallet, and waits for its end. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path images = Path.of(arguments[1]);
    SimulatedBackend backend = SimulatedBackend.builder(
            directory.resolve("kernel"), "reboot=k", List.of(FileEntry.directory("dev", 0755)))
        .imagesDirectory(images)
        .workDirectory(directory.resolve("enclaves"))
        .build();
    TrezaPlatform platform = TrezaPlatform.builder(backend)
        .dataDirectory(directory.resolve("data"))
        .limits(Limits.builder()
            .requestRate(1_000_000, 1_000_000)
            .enclavesPerWallet(1_000_000)
            .recordsPerWallet(1_000_000)
            .build())
        .start();
    Runtime.getRuntime().addShutdownHook(new Thread(platform::close));
    System.out.println(platform.baseUrl());
    System.out.println(platform.newKey("clients", arguments[2]));
    new CountDownLatch(1).await();
  }

  /** Starts one and returns when it serves. */
  static KilledServer start(Path directory, Path images, String wallet) throws IOException {
    Files.writeString(directory.resolve("kernel"), "a placeholder, not a kernel");
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            ClassPath.text(),
            KilledServer.class.getName(),
            directory.toString(),
            images.toString(),
            wallet)
        .redirectError(directory.resolve("server.log").toFile())
        .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String url = out.readLine();
    String key = out.readLine();
    if (url == null || key == null) {
      throw new IOException(
          "the server did not start: " + Files.readString(directory.resolve("server.log")));
    }
    return new KilledServer(process, URI.create(url), key);
  }

  URI url() {
    return url;
  }

  String key() {
    return key;
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** SIGTERM; returns when it has stopped in good order. */
  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException("the server did not stop");
    }
  }
}
