package io.treza.samples.qemu;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.platform.EnclaveListener;
import io.treza.platform.LaunchRequest;
import io.treza.platform.QemuBackend;
import io.treza.platform.QemuInstallation;
import io.treza.platform.RunningEnclave;
import io.treza.platform.internal.qemu.Machine;
import io.treza.platform.internal.qemu.MachineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Times the whole way, from a container image to verified evidence of the enclave that was made of
 * it, against the bare boot of the same machine, kernel, modules and application with an init that
 * does nothing else; in turn, so that both see the same load of the machine.
 */
public final class BootTime {
  private static final int MEMORY_MIB = 512;
  private static final String CLOCK_FORMAT = "| %s | %.2f |%n";

  private final QemuInstallation installation;
  private final Path directory;
  private final Path bareInit;
  private final QemuBackend backend;

  private BootTime(QemuInstallation installation, Path directory, Path programs)
      throws IOException {
    this.installation = installation;
    this.directory = directory;
    this.bareInit = programs.resolve("bare");
    SmallImage.write(
        directory.resolve("images/service"), Files.readAllBytes(programs.resolve("waits")));
    this.backend = QemuBackend.builder(installation)
        .imagesDirectory(directory.resolve("images"))
        .workDirectory(directory.resolve("work"))
        .build();
  }

  /**
   * Runs.
   *
   * @param arguments a directory to work in, one with the programs {@code bare} and {@code waits},
   *     and the number of rounds
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    BootTime times = new BootTime(
        QemuInstallation.find(System.getenv()), Path.of(arguments[0]), Path.of(arguments[1]));
    List<Double> bare = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    // The first round warms this JVM up and the page cache.
    for (int round = 0; round <= Integer.parseInt(arguments[2]); round++) {
      double bareSeconds = times.bareBoot();
      double wholeSeconds = times.imageToEvidence();
      if (round > 0) {
        bare.add(bareSeconds);
        whole.add(wholeSeconds);
      }
    }
    System.out.printf(Locale.ROOT, "| | seconds, median of %d |%n|---|--:|%n", bare.size());
    System.out.printf(Locale.ROOT, CLOCK_FORMAT, "boot with a bare init", median(bare));
    System.out.printf(Locale.ROOT, CLOCK_FORMAT, "image to verified evidence", median(whole));
    System.out.printf(Locale.ROOT, CLOCK_FORMAT, "ratio", median(whole) / median(bare));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private double imageToEvidence() throws IOException, InterruptedException {
    long start = System.nanoTime();
    RunningEnclave enclave = backend.launch(
        new LaunchRequest("enc_1", "oci:service", "eu-west-1", 1, MEMORY_MIB, false),
        EnclaveListener.NONE);
    try {
      byte[] nonce = new byte[32];
      new SecureRandom().nextBytes(nonce);
      byte[] document = enclave.evidence(nonce);
      if (!(AttestationVerifier.builder()
              .trustAnchors(backend.trustAnchor())
              .build()
              .verify(document, Expectation.acceptAnyMeasurement().nonce(nonce).build())
          instanceof VerifiedAttestation)) {
        throw new IOException("the evidence was refused");
      }
      return since(start);
    } finally {
      enclave.terminate();
    }
  }

  private double bareBoot() throws IOException, InterruptedException {
    Path eif = bareEif();
    CountDownLatch up = new CountDownLatch(1);
    MachineSettings settings = new MachineSettings(
        eif, MEMORY_MIB, 1, acpi(), false, "i-bare", "i-bare", Optional.empty());
    long start = System.nanoTime();
    try (Machine machine = Machine.boot(installation, settings, 16, line -> {
      if (line.contains("bare: up")) {
        up.countDown();
      }
    })) {
      CompletableFuture<Void> unused = machine.stopped().thenRun(up::countDown);
      if (!up.await(2, TimeUnit.MINUTES) || machine.stopped().isDone()) {
        throw new IOException("the bare init did not come up");
      }
      return since(start);
    }
  }

  private Path kernel() {
    return installation.kernel().orElseThrow();
  }

  private boolean acpi() {
    return Files.exists(kernel().resolve("machine"));
  }

  private Path bareEif() throws IOException {
    Path eif = directory.resolve("bare.eif");
    try (ContainerImage image = ContainerImage.open(directory.resolve("images/service"))) {
      EnclaveImageBuilder.of(
              image,
              kernel().resolve("bzImage"),
              Files.readString(kernel().resolve("cmdline")).strip())
          .bootstrap(BootstrapFiles.in(kernel(), bareInit))
          .build(eif);
    }
    return eif;
  }
}
