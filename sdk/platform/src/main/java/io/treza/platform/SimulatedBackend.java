package io.treza.platform;

import io.treza.attestation.TrustAnchor;
import io.treza.eif.Channels;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.image.FileEntry;
import io.treza.platform.channel.Egress;
import io.treza.platform.internal.ChannelSettings;
import io.treza.platform.internal.EnclaveDirectory;
import io.treza.platform.internal.SimulatedEnclave;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Enclaves without an enclave: the image is opened, checked, made into an EIF and measured for
 * real, but nothing boots. Documents come from a simulated NSM under a development root, and every
 * one of their names says so.
 *
 * <p>{@code dockerImage} names a file in the images directory, in skopeo's words: {@code
 * docker-archive:service.tar}, {@code oci-archive:service.tar} or {@code oci:service}. In debug
 * mode PCR0 to PCR2 are zero, as on hardware. Region, CPUs and memory are taken as asked.
 *
 * <p>A program on this machine may stand in for the workload ({@link RunningEnclave#standIn}): it
 * finds an attestation agent, is reached at the exposed ports of 127.0.0.1, and reaches the allowed
 * hosts through a proxy. Nothing separates it from the rest of the machine.
 */
public final class SimulatedBackend implements EnclaveBackend {
  private final Path imagesDirectory;
  private final Path workDirectory;
  private final Path kernel;
  private final String cmdline;
  private final List<FileEntry> bootstrap;
  private final UnaryOperator<Egress.Builder> egress;
  private final InstantSource clock;
  private final DevelopmentRoot root;

  private SimulatedBackend(Builder builder) throws IOException {
    this.imagesDirectory = builder.imagesDirectory;
    this.workDirectory = Files.createDirectories(builder.workDirectory);
    this.kernel = builder.kernel;
    this.cmdline = builder.cmdline;
    this.bootstrap = builder.bootstrap;
    this.egress = builder.egress;
    this.clock = builder.clock;
    this.root = DevelopmentRoot.loadOrCreate(workDirectory.resolve("development-root"), clock);
  }

  /**
   * Starts with what every enclave image needs beside the container image.
   *
   * @param kernel a bzImage (x86_64) or raw Image (aarch64)
   * @param cmdline the kernel's arguments, on one line without its end
   * @param bootstrap the files of the first ramdisk, in order; see {@link
   *     EnclaveImageBuilder#bootstrap}
   */
  public static Builder builder(Path kernel, String cmdline, List<FileEntry> bootstrap) {
    return new Builder(kernel, cmdline, bootstrap);
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public TrustAnchor trustAnchor() {
    return TrustAnchor.development("simulated", root.certificate().der());
  }

  /** Yes: an enclave is what lies in the work directory. */
  @Override
  public boolean outlivesServer() {
    return true;
  }

  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener) throws IOException {
    Path source = ImageReference.resolve(imagesDirectory, request.image());
    EnclaveDirectory directory = directory(request);
    Files.createDirectories(directory.path());
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(directory.path()).open(source)) {
      Channels offered = Channels.of(image.description().details());
      ChannelSettings.requireOffered(request, offered);
      EnclaveImage built = EnclaveImageBuilder.of(image, kernel, cmdline)
          .bootstrap(bootstrap)
          .build(directory.image());
      listener.log(
          EnclaveListener.Source.BUILD,
          "built from " + request.image() + ", PCR0 " + built.measurements().pcr0());
      RunningEnclave enclave = SimulatedEnclave.start(
          directory,
          new EnclaveDirectory.State(
              built.measurements(), request.debugMode(), false, offered.egress()),
          setting(request));
      listener.log(EnclaveListener.Source.BOOT, "simulated: nothing boots");
      return enclave;
    } catch (IOException | RuntimeException e) {
      directory.delete();
      throw e;
    }
  }

  /** The same image, measurements and state; as if resumed, with another module id. */
  @Override
  public Optional<RunningEnclave> reattach(LaunchRequest request, EnclaveListener listener)
      throws IOException {
    return SimulatedEnclave.find(directory(request), setting(request)).map(found -> found);
  }

  @Override
  public void remove(LaunchRequest request) throws IOException {
    directory(request).delete();
  }

  private EnclaveDirectory directory(LaunchRequest request) {
    return new EnclaveDirectory(workDirectory.resolve(request.enclaveId()));
  }

  private SimulatedEnclave.Setting setting(LaunchRequest request) {
    CertificateChain chain =
        CertificateChain.builder(root).region(request.region()).clock(clock).build();
    return new SimulatedEnclave.Setting(request, chain, egress);
  }

  /** Collects the settings. */
  public static final class Builder {
    private final Path kernel;
    private final String cmdline;
    private final List<FileEntry> bootstrap;
    private Path imagesDirectory = Path.of("images");
    private Path workDirectory = Path.of("enclaves");
    private UnaryOperator<Egress.Builder> egress = UnaryOperator.identity();
    private InstantSource clock = InstantSource.system();

    private Builder(Path kernel, String cmdline, List<FileEntry> bootstrap) {
      this.kernel = kernel;
      this.cmdline = cmdline;
      this.bootstrap = List.copyOf(bootstrap);
    }

    /** Where the images lie; {@code images} unless said. Nothing outside is ever opened. */
    public Builder imagesDirectory(Path directory) {
      this.imagesDirectory = directory;
      return this;
    }

    /**
     * Where enclaves and the development root are kept; {@code enclaves} unless said. Made if
     * missing. Root and enclaves stay the same as long as the directory does.
     */
    public Builder workDirectory(Path directory) {
      this.workDirectory = directory;
      return this;
    }

    /**
     * Changes how what stands in for workloads is let out, for example {@code e ->
     * e.allowPrivateAddresses()}; which hosts one may reach, its enclave's request says.
     */
    public Builder egress(UnaryOperator<Egress.Builder> settings) {
      this.egress = settings;
      return this;
    }

    /** Dates certificates and documents; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * The backend, with the development root loaded or made.
     *
     * @throws IOException if the work directory or the root in it cannot be used
     */
    public SimulatedBackend build() throws IOException {
      return new SimulatedBackend(this);
    }
  }
}
