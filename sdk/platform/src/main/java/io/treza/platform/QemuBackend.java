package io.treza.platform;

import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.eif.BootstrapFiles;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.RamdiskLayout;
import io.treza.image.ContainerImage;
import io.treza.image.FileEntry;
import io.treza.platform.internal.ImageReference;
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

/**
 * Enclaves in QEMU's {@code nitro-enclave} machine: built, booted and measured for real, by an
 * emulated NSM. That one signs nothing, so that its documents are signed here, unchanged but for the
 * certificates, under a development root; every one of their names says that this is no hardware.
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
  private final Path kernelDirectory;
  private final boolean acpi;
  private final boolean kvm;
  private final int mostCpus;
  private final int mostMemoryMiB;
  private final RamdiskLayout layout;
  private final Optional<String> parentRole;
  private final Duration bootTimeout;
  private final InstantSource clock;
  private final DevelopmentRoot root;
  private final AtomicInteger nextCid = new AtomicInteger(FIRST_FREE_CID);

  private QemuBackend(Builder builder) throws IOException {
    this.installation = builder.installation;
    this.imagesDirectory = builder.imagesDirectory;
    this.workDirectory = Files.createDirectories(builder.workDirectory);
    this.kernelDirectory = builder
        .kernel
        .or(builder.installation::kernel)
        .orElseThrow(() -> new IOException("no kernel to boot enclaves with; name its directory"));
    this.acpi = needsAcpi(kernelDirectory);
    this.kvm = builder.kvm;
    this.mostCpus = builder.mostCpus;
    this.mostMemoryMiB = builder.mostMemoryMiB;
    this.layout = builder.layout;
    this.parentRole = builder.parentRole;
    this.bootTimeout = builder.bootTimeout;
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
    Path eif = workDirectory.resolve(request.enclaveId() + ".eif");
    EifMeasurements measured = build(request.image(), eif);
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
    return QemuEnclave.start(
        installation,
        machine,
        nextCid.getAndIncrement(),
        registers(measured),
        chain,
        clock,
        bootTimeout,
        listener);
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

  private EifMeasurements build(String reference, Path eif) throws IOException {
    Path source = ImageReference.resolve(imagesDirectory, reference);
    try (ContainerImage image =
        ContainerImage.opener().workDirectory(workDirectory).open(source)) {
      return EnclaveImageBuilder.of(image, kernel, cmdline)
          .bootstrap(bootstrap)
          .layout(layout)
          .build(eif)
          .measurements();
    }
  }

  private static SortedMap<Integer, PcrValue> registers(EifMeasurements measured) {
    SortedMap<Integer, PcrValue> registers = new TreeMap<>();
    registers.put(0, PcrValue.ofHex(measured.pcr0()));
    registers.put(1, PcrValue.ofHex(measured.pcr1()));
    registers.put(2, PcrValue.ofHex(measured.pcr2()));
    return Collections.unmodifiableSortedMap(registers);
  }
}
