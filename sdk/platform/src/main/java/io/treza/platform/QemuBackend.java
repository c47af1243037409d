package io.treza.platform;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.eif.Architecture;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.Channels;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSigner;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.eif.RamdiskLayout;
import io.treza.image.ContainerImage;
import io.treza.image.FileEntry;
import io.treza.platform.channel.Egress;
import io.treza.platform.internal.ChannelSettings;
import io.treza.platform.internal.qemu.MachineSettings;
import io.treza.platform.internal.qemu.QemuEnclave;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Enclaves in QEMU's {@code nitro-enclave} machine: built, booted and measured for real, by an
 * emulated NSM. That one signs nothing, so that its documents are signed here, unchanged but for the
 * certificates, under a development root; every one of their names says that this is no hardware. A
 * program inside, which has its documents from the NSM, has them signed by {@code
 * signer.emulated:7000}, if image and request allow it that host.
 *
 * <p>{@code dockerImage} is as for {@link SimulatedBackend}. There is no debug mode: the console is
 * always in the logs, and an enclave that asks for it is refused. A paused enclave goes on as the
 * same enclave. None survives this process, even if that is killed.
 */
public final class QemuBackend implements EnclaveBackend {
  private static final int FIRST_FREE_CID = 16;
  private static final int LEAST_MEMORY_MIB = 128;

  private final QemuInstallation installation;
  private final Path imagesDirectory;
  private final Path workDirectory;
  private final Path kernel;
  private final String cmdline;
  private final List<FileEntry> modules;
  private final EnclaveInit init;
  private final InitOptions initOptions;
  private final boolean acpi;
  private final boolean kvm;
  private final int mostCpus;
  private final int mostMemoryMiB;
  private final RamdiskLayout layout;
  private final Optional<EifSigner> signer;
  private final Optional<String> parentRole;
  private final Duration bootTimeout;
  private final UnaryOperator<Egress.Builder> egress;
  private final InstantSource clock;
  private final DevelopmentRoot root;
  private final AtomicInteger nextCid = new AtomicInteger(FIRST_FREE_CID);

  private QemuBackend(Builder builder) throws IOException {
    this.installation = builder.installation;
    this.imagesDirectory = builder.imagesDirectory;
    this.workDirectory = Files.createDirectories(builder.workDirectory);
    Path boot = builder
        .kernel
        .or(installation::kernel)
        .orElseThrow(() -> new IOException("there is no kernel to boot enclaves with: name the"
            + " directory of one, in the form of AWS's blobs"));
    this.kernel = boot.resolve("bzImage");
    this.cmdline = Files.readString(boot.resolve("cmdline")).strip();
    this.modules = BootstrapFiles.modulesIn(boot);
    this.acpi = needsAcpi(boot);
    this.init = EnclaveInit.bundled(Architecture.X86_64)
        .orElseThrow(() -> new IOException("this build has no init for enclaves, since musl-gcc was"
            + " not there: install musl-tools and build again"));
    this.initOptions = builder.initOptions;
    this.signer = builder.signer;
    this.kvm = builder.kvm;
    this.mostCpus = builder.mostCpus;
    this.mostMemoryMiB = builder.mostMemoryMiB;
    this.layout = builder.layout;
    this.parentRole = builder.parentRole;
    this.bootTimeout = builder.bootTimeout;
    this.egress = builder.egress;
    this.clock = builder.clock;
    this.root = DevelopmentRoot.loadOrCreate(workDirectory.resolve("development-root"), clock);
  }

  /** Starts with the programs to run. */
  public static Builder builder(QemuInstallation installation) {
    return new Builder(installation);
  }

  private static boolean needsAcpi(Path kernel) throws IOException {
    Path machine = kernel.resolve("machine");
    return Files.exists(machine) && Files.readString(machine).strip().equals("acpi=on");
  }

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public TrustAnchor trustAnchor() {
    return TrustAnchor.development("emulated (QEMU)", root.certificate().der());
  }

  @Override
  public RunningEnclave launch(LaunchRequest request, EnclaveListener listener)
      throws IOException, InterruptedException {
    requireWithinLimits(request);
    CertificateChain chain =
        CertificateChain.builder(root).region(request.region()).clock(clock).build();
    Path eif = eif(request);
    EifMeasurements measured = build(request, eif);
    listener.log(
        EnclaveListener.Source.BUILD,
        "built from " + request.image() + ", PCR0 " + measured.pcr0());
    MachineSettings machine = new MachineSettings(
        eif,
        request.memoryMiB(),
        request.cpuCount(),
        acpi,
        kvm,
        chain.moduleId(),
        chain.instanceId(),
        parentRole);
    try {
      return QemuEnclave.start(
          installation,
          machine,
          nextCid.getAndIncrement(),
          new QemuEnclave.Identity(registers(measured), chain, clock),
          new QemuEnclave.Opening(request, egress),
          bootTimeout,
          listener);
    } catch (IOException | InterruptedException | RuntimeException e) {
      Files.deleteIfExists(eif);
      throw e;
    }
  }

  /** No machine survives its server; the image that a killed one has left is removed. */
  @Override
  public void remove(LaunchRequest request) throws IOException {
    Files.deleteIfExists(eif(request));
  }

  private Path eif(LaunchRequest request) {
    return workDirectory.resolve(request.enclaveId() + ".eif");
  }

  private void requireWithinLimits(LaunchRequest request) throws IOException {
    if (request.debugMode()) {
      throw new IOException("the emulated machine has no debug mode: the console is in the logs"
          + " anyway; create the enclave without it");
    } else if (request.cpuCount() < 1 || request.cpuCount() > mostCpus) {
      throw new IOException(
          request.cpuCount() + " vCPUs asked for; this server gives 1 to " + mostCpus);
    } else if (request.memoryMiB() < LEAST_MEMORY_MIB || request.memoryMiB() > mostMemoryMiB) {
      throw new IOException(request.memoryMiB() + " MiB asked for; this server gives "
          + LEAST_MEMORY_MIB + " to " + mostMemoryMiB);
    }
  }

  private EifMeasurements build(LaunchRequest request, Path eif) throws IOException {
    Path source = ImageReference.resolve(imagesDirectory, request.image());
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(workDirectory).open(source)) {
      Channels offered = initOptions.channels().isPresent()
          ? initOptions.channels().get()
          : Channels.of(image.description().details());
      ChannelSettings.requireOffered(request, offered);
      return recipe(image).build(eif).measurements();
    }
  }

  /** How it makes an enclave image, for measuring one ahead; the container image stays open. */
  public EnclaveImageBuilder recipe(ContainerImage image) {
    EnclaveImageBuilder builder = EnclaveImageBuilder.of(image, kernel, cmdline)
        .bootstrap(modules)
        .init(init, initOptions)
        .layout(layout);
    signer.ifPresent(builder::signer);
    return builder;
  }

  private static SortedMap<Integer, PcrValue> registers(EifMeasurements measured) {
    SortedMap<Integer, PcrValue> registers = new TreeMap<>();
    registers.put(0, PcrValue.ofHex(measured.pcr0()));
    registers.put(1, PcrValue.ofHex(measured.pcr1()));
    registers.put(2, PcrValue.ofHex(measured.pcr2()));
    measured.pcr8().ifPresent(pcr8 -> registers.put(8, PcrValue.ofHex(pcr8)));
    return Collections.unmodifiableSortedMap(registers);
  }

  /** Collects the settings. */
  public static final class Builder {
    private final QemuInstallation installation;
    private Path imagesDirectory = Path.of("images");
    private Path workDirectory = Path.of("enclaves");
    private Optional<Path> kernel = Optional.empty();
    private boolean kvm;
    private int mostCpus = 4;
    private int mostMemoryMiB = 4096;
    private RamdiskLayout layout = RamdiskLayout.REPRODUCIBLE;
    private InitOptions initOptions =
        InitOptions.defaults().withHeartbeat(InitOptions.Heartbeat.TOLERATED);
    private Optional<EifSigner> signer = Optional.empty();
    private Optional<String> parentRole = Optional.empty();
    private Duration bootTimeout = Duration.ofMinutes(2);
    private UnaryOperator<Egress.Builder> egress = UnaryOperator.identity();
    private InstantSource clock = InstantSource.system();

    private Builder(QemuInstallation installation) {
      this.installation = installation;
    }

    /** Where the images lie; {@code images} unless said. Nothing outside is ever opened. */
    public Builder imagesDirectory(Path directory) {
      this.imagesDirectory = directory;
      return this;
    }

    /**
     * Where EIFs are made and the development root is kept; {@code enclaves} unless said. Made if
     * missing. The root stays the same as long as the directory does.
     */
    public Builder workDirectory(Path directory) {
      this.workDirectory = directory;
      return this;
    }

    /**
     * A kernel in the form of AWS's blobs: {@code bzImage}, {@code cmdline} and, if it has modules,
     * {@code modules_load_order} with those, or {@code nsm.ko}. A file {@code machine} that holds
     * {@code acpi=on} says that the kernel finds its devices by ACPI only, as Debian's do; AWS's find
     * them on their command line. Unless said, the kernel of the installation.
     */
    public Builder kernel(Path directory) {
      this.kernel = Optional.of(directory);
      return this;
    }

    /**
     * Whether the host's own processor runs enclaves, by KVM; it is emulated unless said, which is
     * slower and works everywhere.
     */
    public Builder kvm(boolean use) {
      this.kvm = use;
      return this;
    }

    /** The most that one enclave may ask for; 4 vCPUs and 4096 MiB unless said. */
    public Builder limits(int cpus, int memoryMiB) {
      this.mostCpus = cpus;
      this.mostMemoryMiB = memoryMiB;
      return this;
    }

    /** How images are laid out; {@link RamdiskLayout#REPRODUCIBLE} unless said. */
    public Builder layout(RamdiskLayout ramdisks) {
      this.layout = ramdisks;
      return this;
    }

    /**
     * How init runs the command; unless said, as {@link InitOptions#defaults} with a heartbeat that
     * is tolerated to fail, for which the emulated machine has no peer.
     */
    public Builder initOptions(InitOptions options) {
      this.initOptions = options;
      return this;
    }

    /** Has the enclave images signed, which PCR8 shows. */
    public Builder signer(EifSigner eifSigner) {
      this.signer = Optional.of(eifSigner);
      return this;
    }

    /** The role that the parent instance is to have, by its ARN, which PCR3 shows; none unless said. */
    public Builder parentRole(String arn) {
      this.parentRole = Optional.of(arn);
      return this;
    }

    /** How long an enclave may take until its application has started; two minutes unless said. */
    public Builder bootTimeout(Duration patience) {
      this.bootTimeout = patience;
      return this;
    }

    /**
     * Changes how enclaves are let out, for example {@code e -> e.allowPrivateAddresses()}; which
     * hosts one may reach, its own request says.
     */
    public Builder egress(UnaryOperator<Egress.Builder> settings) {
      this.egress = settings;
      return this;
    }

    /** Dates certificates; the system's unless said. */
    public Builder clock(InstantSource source) {
      this.clock = source;
      return this;
    }

    /**
     * The backend, with the development root loaded or made.
     *
     * @throws IOException if there is no kernel or no init, or the work directory or the root in it
     *     cannot be used
     */
    public QemuBackend build() throws IOException {
      return new QemuBackend(this);
    }
  }
}
