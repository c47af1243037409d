package io.treza.cli;

import io.treza.eif.EnclaveBlobs;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveBackendProvider;
import io.treza.platform.QemuBackend;
import io.treza.platform.QemuInstallation;
import io.treza.platform.SimulatedBackend;
import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EnclaveTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What runs enclaves: on this machine, or where a library beside this program's has them run. */
final class BackendOptions {
  private static final List<String> OWN = List.of("simulated", "qemu");

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = {
        "simulated: enclaves are built and measured and never boot. qemu: they boot in QEMU, which",
        "samples/qemu/install gets. Default: qemu if TREZA_QEMU names its directory, else simulated."
      })
  private @Nullable String backend;

  @Option(
      names = "--resolve",
      paramLabel = "HOST:PORT=ADDRESS:PORT",
      description = {
        "Where enclaves find a host, instead of DNS: api.example.com:443=127.0.0.1:8443. May be given",
        "several times."
      })
  private Map<String, String> resolved = Map.of();

  /** Read whenever an enclave starts. */
  private final Map<String, InetSocketAddress> own = new ConcurrentHashMap<>();

  /**
   * A backend, and how to speak of it.
   *
   * @param recipe how it makes enclave images
   * @param nature what its enclaves are, to begin a sentence with
   * @param kernel what they boot
   * @param measuredBy what {@code treza eif measure} must be told to say what they measure
   */
  record Chosen(
      EnclaveBackend backend,
      Function<ContainerImage, EnclaveImageBuilder> recipe,
      String nature,
      String kernel,
      String measuredBy) {}

  /**
   * The backend that was asked for, or the default.
   *
   * @param images where container images lie
   * @param data where it keeps its own files
   * @throws Unusable if it is unknown, or cannot run here
   * @throws IOException if the directories cannot be used
   */
  Chosen choose(Path images, Path data) throws IOException {
    try {
      // Fails here rather than at the first launch.
      Egress.Builder unused = out(Egress.builder(EnclaveTransport.loopback()));
    } catch (IllegalArgumentException e) {
      throw new Unusable("--resolve: " + e.getMessage(), e);
    }
    Map<String, String> environment = System.getenv();
    String fallback = environment.getOrDefault("TREZA_QEMU", "").isEmpty() ? "simulated" : "qemu";
    return switch (backend == null ? fallback : backend) {
      case "simulated" -> simulated(images, data);
      case "qemu" -> emulated(images, data, environment);
      default -> throw new Unusable("--backend is simulated or qemu, not \"" + backend + "\"");
    };
  }

  /**
   * A backend to serve.
   *
   * @param notes what whoever starts the server should know about it
   */
  record Served(EnclaveBackend backend, List<String> notes) {}

  /**
   * The same, or one of a library beside this program's.
   *
   * @param settings for that library, by name
   */
  Served serve(Path images, Path data, Map<String, String> settings) throws IOException {
    if (backend == null || OWN.contains(backend)) {
      if (!settings.isEmpty()) {
        throw new Unusable("--backend-setting is for a --backend in a cloud account");
      }
      Chosen chosen = choose(images, data);
      return new Served(
          chosen.backend(),
          List.of(
              chosen.nature() + " enclaves: they prove nothing about hardware.",
              "Measurements: treza eif measure IMAGE " + chosen.measuredBy()));
    }
    if (!resolved.isEmpty()) {
      throw new Unusable("--resolve is for enclaves on this machine");
    }
    List<EnclaveBackendProvider> providers =
        ServiceLoader.load(EnclaveBackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    EnclaveBackendProvider provider = providers.stream()
        .filter(p -> p.kind().equals(backend))
        .findFirst()
        .orElseThrow(() -> new Unusable("--backend is one of "
            + Stream.concat(
                    OWN.stream(),
                    providers.stream().map(EnclaveBackendProvider::kind).sorted())
                .collect(Collectors.joining(", "))
            + ", not \"" + backend + "\""));
    try {
      EnclaveBackend opened = provider.open(settings, images, data);
      return new Served(
          opened,
          List.of("Enclaves in your account, until they are terminated; also when this server"
              + " stops. Documents chain to: " + opened.trustAnchor().name()));
    } catch (IllegalArgumentException e) {
      throw new Unusable("--backend-setting: " + e.getMessage(), e);
    }
  }

  /** Says where enclaves find a host of this program's own, unless an option says otherwise. */
  void resolve(String hostAndPort, InetSocketAddress address) {
    own.put(hostAndPort, address);
  }

  private Egress.Builder out(Egress.Builder egress) {
    own.forEach(egress::resolve);
    resolved.forEach((host, address) -> egress.resolve(host, Addresses.parse(address)));
    return egress;
  }

  private Chosen simulated(Path images, Path data) throws IOException {
    EnclaveBlobs blobs = Placeholders.in(data);
    SimulatedBackend simulated = SimulatedBackend.builder(
            blobs.kernel(), blobs.cmdline(), blobs.bootstrap())
        .imagesDirectory(images)
        .workDirectory(data)
        .egress(this::out)
        .build();
    return new Chosen(
        simulated,
        image -> EnclaveImageBuilder.of(image, blobs.kernel(), blobs.cmdline())
            .bootstrap(blobs.bootstrap()),
        "Simulated",
        "a labelled placeholder: measured, never booted",
        "--blobs " + Placeholders.directory(data));
  }

  private Chosen emulated(Path images, Path data, Map<String, String> environment)
      throws IOException {
    try {
      QemuInstallation installation = QemuInstallation.find(environment);
      QemuBackend emulated = QemuBackend.builder(installation)
          .imagesDirectory(images)
          .workDirectory(data)
          .egress(this::out)
          .build();
      return new Chosen(
          emulated,
          emulated::recipe,
          "Emulated",
          "Linux, booted in QEMU",
          "--blobs " + installation.kernel() + " --init treza --heartbeat tolerated");
    } catch (IOException e) {
      throw new Unusable(String.valueOf(e.getMessage()), e);
    }
  }
}
