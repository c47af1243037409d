package io.treza.cli;

import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.QemuBackend;
import io.treza.platform.QemuInstallation;
import io.treza.platform.SimulatedBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What runs the enclaves of this machine. */
final class BackendOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = {
        "simulated: enclaves are built and measured and never boot. qemu: they boot in QEMU, which",
        "samples/qemu/install gets. Default: qemu if TREZA_QEMU names its directory, else simulated."
      })
  private @Nullable String backend;

  /**
   * A backend, and how to speak of it.
   *
   * @param recipe how it makes enclave images
   * @param nature what its enclaves are, to begin a sentence with
   * @param kernel what they boot
   */
  record Chosen(
      EnclaveBackend backend,
      Function<ContainerImage, EnclaveImageBuilder> recipe,
      String nature,
      String kernel) {}

  /**
   * The backend that was asked for, or the default.
   *
   * @param images where container images lie
   * @param data where it keeps its own files
   * @throws Unusable if it is unknown, or cannot run here
   * @throws IOException if the directories cannot be used
   */
  Chosen choose(Path images, Path data) throws IOException {
    Map<String, String> environment = System.getenv();
    String fallback = environment.getOrDefault("TREZA_QEMU", "").isEmpty() ? "simulated" : "qemu";
    return switch (backend == null ? fallback : backend) {
      case "simulated" -> simulated(images, data);
      case "qemu" -> emulated(images, data, environment);
      default -> throw new Unusable("--backend is simulated or qemu, not \"" + backend + "\"");
    };
  }

  private static Chosen simulated(Path images, Path data) throws IOException {
    Path kernel = Placeholders.kernel(data);
    SimulatedBackend simulated = SimulatedBackend.builder(
            kernel, Placeholders.CMDLINE, Placeholders.bootstrap())
        .imagesDirectory(images)
        .workDirectory(data)
        .build();
    return new Chosen(
        simulated,
        image -> EnclaveImageBuilder.of(image, kernel, Placeholders.CMDLINE)
            .bootstrap(Placeholders.bootstrap()),
        "Simulated",
        "a labelled placeholder: measured, never booted");
  }

  private static Chosen emulated(Path images, Path data, Map<String, String> environment)
      throws IOException {
    try {
      QemuBackend emulated = QemuBackend.builder(QemuInstallation.find(environment))
          .imagesDirectory(images)
          .workDirectory(data)
          .build();
      return new Chosen(emulated, emulated::recipe, "Emulated", "Linux, booted in QEMU");
    } catch (IOException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    }
  }
}
