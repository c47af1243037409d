package io.treza.platform.internal.qemu;

import io.treza.eif.Architecture;
import io.treza.eif.EnclaveInit;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.QemuInstallation;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What tests that boot enclaves share: an installation, a directory of images, a compiler. */
final class Emulation {
  static final int MEMORY_MIB = 512;

  private final Path directory;
  private final QemuInstallation installation;

  private Emulation(Path directory, QemuInstallation installation) {
    this.directory = directory;
    this.installation = installation;
  }

  /** Skips the test where nothing can be emulated, or fails it in CI. */
  static Emulation in(Path directory) throws IOException {
    Optional<EnclaveInit> init = EnclaveInit.bundled(Architecture.X86_64);
    Requirement.require(init.isPresent(), "no init was built: musl-tools is not here");
    Optional<QemuInstallation> found = Optional.empty();
    String missing = "";
    try {
      found = Optional.of(QemuInstallation.find(System.getenv()));
    } catch (IOException e) {
      missing = String.valueOf(e.getMessage());
    }
    Requirement.require(found.isPresent(), missing);
    Files.createDirectories(directory.resolve("images"));
    return new Emulation(directory, found.orElseThrow());
  }

  QemuInstallation installation() {
    return installation;
  }

  Path images() {
    return directory.resolve("images");
  }

  QemuBackend.Builder backend() {
    return QemuBackend.builder(installation)
        .imagesDirectory(images())
        .workDirectory(directory.resolve("work"));
  }

  /** A static program from {@code src/test/c}. */
  byte[] program(String name) throws IOException, InterruptedException {
    Path output = directory.resolve(name);
    Process compiler = new ProcessBuilder(
            "musl-gcc",
            "-static",
            "-O1",
            "-Wall",
            "-Werror",
            "-o",
            output.toString(),
            Path.of("src/test/c", name + ".c").toString())
        .redirectErrorStream(true)
        .start();
    String messages = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.waitFor() != 0) {
      throw new IOException(messages);
    }
    return Files.readAllBytes(output);
  }

  /** An image named {@code name}, and the request for an enclave of it. */
  LaunchRequest request(String name, TestImage image) throws IOException {
    image.write(images().resolve(name));
    return request(name);
  }

  LaunchRequest request(String name) {
    return new LaunchRequest("enc_" + name, "oci:" + name, "eu-west-1", 1, MEMORY_MIB, false);
  }

  /** Hears what an enclave says. */
  static final class Heard implements EnclaveListener {
    private final List<String> lines = new ArrayList<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();

    @Override
    public synchronized void log(Source source, String line) {
      lines.add(source + " " + line);
      notifyAll();
    }

    @Override
    public void ended(String reason) {
      end.complete(reason);
    }

    /** Waits until it was said. */
    synchronized void await(String line) throws InterruptedException {
      while (!lines.contains(line)) {
        wait();
      }
    }

    /** Source and text of all lines so far. */
    synchronized List<String> lines() {
      return List.copyOf(lines);
    }

    String end() throws Exception {
      return end.get(60, TimeUnit.SECONDS);
    }

    boolean hasEnded() {
      return end.isDone();
    }

    @Override
    public String toString() {
      return String.join("\n", lines());
    }
  }
}
