package io.treza.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.EnclaveTarget;
import io.treza.eif.CommandRule;
import io.treza.eif.EifBuilder;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifMetadata;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.image.ContainerImage;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.ImageConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code eif build} and {@code eif measure} are made from, and how they answer. */
final class EifInputs {
  // nitro-cli's limit.
  private static final int MAX_CUSTOM_METADATA = 4096;

  @Mixin
  private ImageOptions image = new ImageOptions();

  @Option(
      names = "--blobs",
      paramLabel = "DIR",
      description = {
        "Kernel (bzImage or Image), cmdline, init and nsm.ko, as AWS ships them in",
        "/usr/share/nitro_enclaves/blobs. The options below replace one each."
      })
  private @Nullable Path blobs;

  @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel.")
  private @Nullable Path kernel;

  @Option(names = "--cmdline", paramLabel = "TEXT", description = "The kernel's arguments.")
  private @Nullable String cmdline;

  @Option(names = "--init", paramLabel = "FILE", description = "The enclave's first process.")
  private @Nullable Path init;

  @Option(
      names = "--nsm-module",
      paramLabel = "FILE",
      description = "The NSM driver; kernels from 6.8 have it built in.")
  private @Nullable Path nsmModule;

  @Option(names = "--name", paramLabel = "NAME", description = "Image name in the metadata.")
  private @Nullable String name;

  @Option(
      names = {"--version", "--image-version"},
      paramLabel = "V",
      description = "Image version in the metadata; the image's digest unless given.")
  private @Nullable String version;

  @Option(
      names = "--source-date",
      paramLabel = "SECONDS",
      defaultValue = "${env:SOURCE_DATE_EPOCH:-0}",
      description = {
        "Time of every file, in seconds since 1970; it is measured. Default: $SOURCE_DATE_EPOCH,",
        "else 0."
      })
  private long sourceDate;

  @Option(
      names = "--command-rule",
      paramLabel = "RULE",
      defaultValue = "docker",
      description = {
        "docker: run ENTRYPOINT followed by CMD. nitro-cli: run CMD alone if there is one, as",
        "nitro-cli does. Where they differ, it is said. Default: ${DEFAULT-VALUE}."
      })
  private String commandRule = "";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--json",
      description = "One line, with the architecture and the image's digests besides.")
  private boolean json;

  @Option(
      names = "--metadata",
      paramLabel = "FILE",
      description = "A JSON object of at most 4096 bytes to add to the metadata.")
  private @Nullable Path customMetadata;

  @Mixin
  private BootAudit audit = new BootAudit();

  // In place of the standard options, whose --version is nitro-cli's name for the image's.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  private boolean unusedHelp;

  @Mixin
  private RawInputs raw = new RawInputs();

  @Mixin
  private SigningOptions signing = new SigningOptions();

  /** What to do with the builder of each kind when it has all inputs. */
  interface Outcome {
    EnclaveImage ofImage(EnclaveImageBuilder builder) throws IOException;

    /** Whether an image that would not boot is refused. */
    boolean audits();

    EifMeasurements ofParts(EifBuilder builder) throws IOException;
  }

  /** Builds or measures, prints the measurements and returns the exit status. */
  int answer(PrintWriter out, Outcome outcome) {
    return EifAnswer.of(() -> {
      if (raw.isGiven()) {
        out.println(outcome.ofParts(parts()).toJson());
      } else {
        Optional<EnclaveImage> built = build(outcome.audits(), outcome::ofImage);
        if (built.isEmpty()) {
          return Treza.NO;
        }
        print(built.get(), out);
      }
      return Treza.YES;
    });
  }

  /** Builds to a file. */
  void write(Path target) throws IOException {
    if (raw.isGiven()) {
      parts().write(target);
    } else {
      build(false, builder -> builder.build(target));
    }
  }

  /** What to do with a container image and its options. */
  @FunctionalInterface
  private interface ImageOutcome {
    EnclaveImage of(EnclaveImageBuilder builder) throws IOException;
  }

  /** Builds or measures from a container image; empty if it is refused. */
  private Optional<EnclaveImage> build(boolean audited, ImageOutcome outcome) throws IOException {
    if (!image.isGiven()) {
      throw new Unusable("nothing to build from: name an IMAGE, or give --ramdisk FILE");
    }
    Path kernelFile = kernel != null ? kernel : blob("kernel", "bzImage", "Image");
    try (ContainerImage opened = image.open()) {
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(opened, kernelFile, cmdline(kernelFile))
          .bootstrap(bootstrap())
          .sourceDate(Instant.ofEpochSecond(sourceDate));
      if (name != null) {
        builder.name(name);
      }
      if (version != null) {
        builder.version(version);
      }
      Optional<String> custom = customMetadata == null
          ? Optional.empty()
          : Optional.of(customMetadata(customMetadata));
      audit.metadata(custom).ifPresent(builder::customMetadata);
      CommandRule rule = commandRule(opened.config());
      builder.commandRule(rule);
      signing.signer().ifPresent(builder::signer);
      EnclaveTarget target = EnclaveTarget.builder()
          .recipe(EnclaveTarget.Recipe.TREZA)
          .commandRule(rule)
          .build();
      return audited && !audit.accepts(opened, target, spec.commandLine().getErr())
          ? Optional.empty()
          : Optional.of(outcome.of(builder));
    }
  }

  /** The rule that was chosen; says so where the other would run something else. */
  private CommandRule commandRule(ImageConfig config) {
    CommandRule rule = switch (commandRule) {
      case "docker" -> CommandRule.DOCKER;
      case "nitro-cli" -> CommandRule.NITRO_CLI;
      default ->
        throw new Unusable("--command-rule is docker or nitro-cli, not \"" + commandRule + "\"");
    };
    List<String> docker = CommandRule.DOCKER.command(config);
    List<String> nitroCli = CommandRule.NITRO_CLI.command(config);
    if (!docker.equals(nitroCli)) {
      spec.commandLine()
          .getErr()
          .println(Printable.text("The command is "
              + rule.command(config) + ". Docker runs " + docker + ", an image by nitro-cli "
              + nitroCli + "."));
    }
    return rule;
  }

  /** Builds from kernel and ramdisks as AWS's eif_build does. */
  private EifBuilder parts() throws IOException {
    if (image.isGiven() || blobs != null || init != null || nsmModule != null) {
      throw new Unusable("--ramdisk takes the ramdisks as they are: leave out the image, --blobs,"
          + " --init and --nsm-module");
    }
    if (kernel == null || cmdline == null) {
      throw new Unusable("--ramdisk also needs --kernel FILE and --cmdline TEXT");
    }
    EifMetadata.Builder metadata = EifMetadata.builder(
        name != null ? name : String.valueOf(kernel.getFileName()),
        version != null ? version : "1.0");
    if (customMetadata != null) {
      metadata.customMetadata(customMetadata(customMetadata));
    }
    EifBuilder builder =
        raw.builder(kernel, cmdline, metadata.buildTime(Instant.ofEpochSecond(sourceDate)));
    signing.signer().ifPresent(builder::signer);
    return builder;
  }

  private static String customMetadata(Path file) throws IOException {
    byte[] json = Inputs.read(file.toString());
    if (json.length > MAX_CUSTOM_METADATA) {
      throw new Unusable(file + ": over the 4096 bytes that custom metadata may have");
    }
    return new String(json, StandardCharsets.UTF_8);
  }

  private void print(EnclaveImage result, PrintWriter out) throws IOException {
    String measured = result.measurements().toJson();
    if (!json) {
      out.println(measured);
      return;
    }
    ObjectNode node = JsonMapper.builder().build().readValue(measured, ObjectNode.class);
    node.put("Architecture", result.architecture().name().toLowerCase(Locale.ROOT));
    node.put("ImageConfigDigest", result.configDigest());
    node.put("ImageManifestDigest", result.manifestDigest().orElse(null));
    out.println(node);
  }

  private String cmdline(Path kernelFile) throws IOException {
    if (cmdline != null) {
      return cmdline;
    }
    if (blobs == null) {
      throw new Unusable(
          "no kernel arguments for " + kernelFile + ": give --cmdline, or --blobs with AWS's");
    }
    return Files.readString(blobs.resolve("cmdline"), StandardCharsets.US_ASCII).strip();
  }

  private List<FileEntry> bootstrap() throws IOException {
    List<FileEntry> files = new ArrayList<>();
    files.add(FileEntry.directory("dev", 0755));
    files.add(file("init", init != null ? init : blob("init", "init")));
    if (nsmModule != null) {
      files.add(file("nsm.ko", nsmModule));
    } else if (blobs != null && Files.exists(blobs.resolve("nsm.ko"))) {
      files.add(file("nsm.ko", blobs.resolve("nsm.ko")));
    }
    return files;
  }

  private static FileEntry file(String path, Path source) throws IOException {
    return FileEntry.regular(path, 0755, Content.of(source));
  }

  private Path blob(String option, String... names) {
    if (blobs == null) {
      throw new Unusable("no " + option + ": give --" + option + " FILE, or --blobs DIR");
    }
    for (String candidate : names) {
      if (Files.exists(blobs.resolve(candidate))) {
        return blobs.resolve(candidate);
      }
    }
    throw new Unusable(blobs + " holds no " + String.join(" or ", names));
  }
}
