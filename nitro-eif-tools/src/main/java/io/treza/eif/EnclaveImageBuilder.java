package io.treza.eif;

import io.treza.eif.internal.ApplicationRamdisk;
import io.treza.eif.internal.CpioArchive;
import io.treza.eif.internal.CpioMember;
import io.treza.eif.internal.InitFiles;
import io.treza.eif.internal.KernelFormat;
import io.treza.eif.internal.LinuxkitRamdisk;
import io.treza.eif.internal.ProcessFile;
import io.treza.eif.internal.TrezaInit;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.RootFilesystem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Makes an enclave image from a container image, without Docker: the same inputs and options give
 * the same bytes on any machine.
 *
 * <p>As with {@code nitro-cli build-enclave} there are two ramdisks, one to start with and one with
 * the application. How files are laid out in them is a {@link RamdiskLayout}, and how the image's
 * ENTRYPOINT and CMD become the command is a {@link CommandRule}.
 *
 * <p>The init among the bootstrap files is taken to be AWS's, which ignores USER and WORKDIR, and
 * looks the command up in {@code /sbin:/usr/sbin:/bin:/usr/bin} only. {@link #init} has this
 * project's in its place, which runs the command as a container would.
 */
public final class EnclaveImageBuilder {
  // Stated in the metadata. Raise it when the same inputs begin to give other bytes.
  private static final String LAYOUT_VERSION = "1";

  private final ContainerImage image;
  private final Path kernel;
  private final String cmdline;
  private List<FileEntry> bootstrap = List.of();
  private Optional<EnclaveInit> init = Optional.empty();
  private InitOptions initOptions = InitOptions.defaults();
  private String name = "enclave";
  private Optional<String> version = Optional.empty();
  private RamdiskLayout layout = RamdiskLayout.REPRODUCIBLE;
  private Optional<CommandRule> commandRule = Optional.empty();
  private Instant sourceDate = Instant.EPOCH;
  private Optional<String> customMetadata = Optional.empty();
  private Optional<EifSigner> signer = Optional.empty();

  private EnclaveImageBuilder(ContainerImage image, Path kernel, String cmdline) {
    this.image = image;
    this.kernel = kernel;
    this.cmdline = cmdline;
  }

  /**
   * Starts with the application and the kernel it runs on.
   *
   * @param image the application, which stays open and the caller's to close
   * @param kernel a bzImage (x86_64) or raw Image (aarch64)
   * @param cmdline the kernel's arguments, on one line without its end
   */
  public static EnclaveImageBuilder of(ContainerImage image, Path kernel, String cmdline) {
    return new EnclaveImageBuilder(image, kernel, cmdline);
  }

  /**
   * The files of the first ramdisk, in order; their times do not count. AWS's init needs {@code dev}
   * as a directory and itself as {@code init}, both of mode 0755, and the kernel modules it loads,
   * of mode 0755 too: {@code nsm.ko} for that of nitro-cli 1, and for that of nitro-cli 2 those that
   * the file {@code modules_load_order}, of mode 0644, names.
   */
  public EnclaveImageBuilder bootstrap(List<FileEntry> files) {
    this.bootstrap = List.copyOf(files);
    return this;
  }

  /**
   * Has this project's init start the command, in the place of the init among the bootstrap files if
   * there is one. Of those it uses the modules that {@code modules_load_order} names, or {@code
   * nsm.ko} where there is no such list.
   */
  public EnclaveImageBuilder init(EnclaveInit init, InitOptions options) {
    this.init = Optional.of(init);
    this.initOptions = options;
    return this;
  }

  /** The name in the metadata; {@code enclave} unless said. */
  public EnclaveImageBuilder name(String name) {
    this.name = name;
    return this;
  }

  /** The version in the metadata; unless said, the hex of the image's id. */
  public EnclaveImageBuilder version(String version) {
    this.version = Optional.of(version);
    return this;
  }

  /**
   * The build time in the metadata and, with {@link RamdiskLayout#REPRODUCIBLE}, the time of every
   * file, as SOURCE_DATE_EPOCH sets it; the epoch unless said. The times of files are measured.
   */
  public EnclaveImageBuilder sourceDate(Instant time) {
    this.sourceDate = time;
    return this;
  }

  /** A JSON object to add to the metadata. */
  public EnclaveImageBuilder customMetadata(String json) {
    this.customMetadata = Optional.of(json);
    return this;
  }

  /** How the ramdisks are laid out; {@link RamdiskLayout#REPRODUCIBLE} unless said. */
  public EnclaveImageBuilder layout(RamdiskLayout layout) {
    this.layout = layout;
    return this;
  }

  /**
   * How ENTRYPOINT and CMD become the command; as Docker has it unless said, and as nitro-cli does
   * with its layout.
   */
  public EnclaveImageBuilder commandRule(CommandRule rule) {
    this.commandRule = Optional.of(rule);
    return this;
  }

  /** Has the enclave image signed. */
  public EnclaveImageBuilder signer(EifSigner signer) {
    this.signer = Optional.of(signer);
    return this;
  }

  /**
   * Writes the enclave image, replacing {@code target} in one step once it is complete.
   *
   * @throws IllegalStateException if there is no init
   * @throws EifException if the parts do not make an enclave image, or the image's command cannot be
   *     run as it says
   * @throws io.treza.image.ImageException if a layer is malformed or unsafe
   * @throws IOException if a file cannot be read or written; {@code target} is then as it was
   */
  public EnclaveImage build(Path target) throws IOException {
    return assemble(eif -> eif.write(target));
  }

  /** Computes what {@link #build} would return, with the same errors, without writing a target. */
  public EnclaveImage measure() throws IOException {
    return assemble(EifBuilder::measure);
  }

  @FunctionalInterface
  private interface Outcome {
    EifMeasurements of(EifBuilder eif) throws IOException;
  }

  private EnclaveImage assemble(Outcome outcome) throws IOException {
    if (bootstrap.isEmpty() && init.isEmpty()) {
      throw new IllegalStateException("an enclave needs an init to boot; call bootstrap or init");
    }
    String processor = image.config().architecture();
    Architecture architecture = Architecture.ofImageName(processor)
        .orElseThrow(() -> new EifException(
            "image: for " + processor + "; Nitro Enclaves run on amd64 and arm64"));
    KernelFormat.require(kernel, architecture);
    if (init.filter(i -> i.architecture() != architecture).isPresent()) {
      throw new EifException("image: for " + processor + ", and init is for "
          + init.get().architecture().imageName() + "; take one of the same");
    }
    List<FileEntry> first = init.isPresent() ? TrezaInit.in(bootstrap, init.get()) : bootstrap;
    EifBuilder eif = EifBuilder.of(architecture, kernel, cmdline).metadata(metadata());
    signer.ifPresent(eif::signer);
    eif.addRamdisk(bootstrapRamdisk(first)).addRamdisk(applicationRamdisk());
    return new EnclaveImage(
        outcome.of(eif),
        architecture,
        image.configDigest(),
        image.manifestDigest(),
        BlobIdentity.digests(kernel, cmdline, first));
  }

  private EifMetadata metadata() {
    String id = image.configDigest();
    EifMetadata.Builder metadata = EifMetadata.builder(
            name, version.orElse(id.substring(id.indexOf(':') + 1)))
        .buildTime(sourceDate)
        .buildTool("treza", LAYOUT_VERSION);
    customMetadata.ifPresent(metadata::customMetadata);
    return metadata.build();
  }

  private Content bootstrapRamdisk(List<FileEntry> files) throws IOException {
    return new CpioArchive(
        switch (layout) {
          case REPRODUCIBLE -> dated(files);
          case NITRO_CLI -> LinuxkitRamdisk.listed(files);
        });
  }

  private Content applicationRamdisk() throws IOException {
    CommandRule rule = commandRule.orElseGet(layout::commandRule);
    RootFilesystem root = image.flatten();
    List<FileEntry> files = init.isPresent()
        ? List.of(ProcessFile.of(image, root, rule, initOptions))
        : InitFiles.of(image.config(), rule);
    return new CpioArchive(
        switch (layout) {
          case REPRODUCIBLE -> dated(ApplicationRamdisk.entries(root, files));
          case NITRO_CLI -> LinuxkitRamdisk.application(root, files);
        });
  }

  private List<CpioMember> dated(List<FileEntry> entries) {
    return entries.stream()
        .map(e -> CpioMember.of(e, sourceDate.getEpochSecond()))
        .toList();
  }
}
