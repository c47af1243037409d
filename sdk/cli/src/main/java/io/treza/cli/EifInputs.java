package io.treza.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.audit.EnclaveTarget;
import io.treza.eif.Architecture;
import io.treza.eif.CommandRule;
import io.treza.eif.EifBuilder;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifMetadata;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import io.treza.eif.EnclaveInit;
import io.treza.eif.InitOptions;
import io.treza.eif.RamdiskLayout;
import io.treza.image.ContainerImage;
import io.treza.image.ImageConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
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
  // What would say something else than the ramdisks, if it said anything.
  private static final List<String> OF_IMAGES =
      List.of("--layout", "--command-rule", "--platform", "--command", "--env");

  @Mixin
  private ImageOptions image = new ImageOptions();

  @Mixin
  private BlobOptions blobs = new BlobOptions();

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
      converter = SourceDate.class,
      description = {
        "Time of the build and, laid out reproducibly, of every file, in seconds since 1970. Those of",
        "files are measured. Default: $SOURCE_DATE_EPOCH, else 0."
      })
  private Instant sourceDate = Instant.EPOCH;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description = {
        "reproducible: files sorted, all with one time. nitro-cli: as nitro-cli lays them out, with",
        "the times of the image's layers. Default: reproducible."
      })
  private @Nullable String layout;

  @Option(
      names = "--command-rule",
      paramLabel = "RULE",
      description = {
        "docker: run ENTRYPOINT followed by CMD. nitro-cli: run CMD alone if there is one, as",
        "nitro-cli does. Where they differ, it is said. Default: nitro-cli with --layout nitro-cli,",
        "else docker."
      })
  private @Nullable String commandRule;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--json",
      description = {
        "One line, with the architecture and the image's digests besides; of verify-build, one line",
        "a difference."
      })
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
        String measured = outcome.ofParts(parts()).toJson();
        out.println(json ? oneLine(measured, raw.architecture()) : measured);
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

  /** Whether the answer is to be JSON. */
  boolean json() {
    return json;
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
    RawInputs.OPTIONS.stream().filter(this::isGiven).findFirst().ifPresent(option -> {
      throw new Unusable(option + " goes with --ramdisk; an image says it itself"
          + (option.equals("--arch") ? ", and of several --platform chooses" : ""));
    });
    RamdiskLayout ramdisks = layout();
    BlobOptions.Boot boot = blobs.resolve();
    ChangingLine line = ChangingLine.on(spec.commandLine().getErr());
    try (ContainerImage opened = image.open()) {
      CommandRule rule = commandRule(ramdisks, opened.config());
      EnclaveImageBuilder builder = EnclaveImageBuilder.of(opened, boot.kernel(), boot.cmdline())
          .bootstrap(boot.files())
          .layout(ramdisks)
          .commandRule(rule)
          .sourceDate(sourceDate);
      if (boot.treza().isPresent()) {
        builder.init(bundled(opened.config()), boot.treza().get());
      }
      if (name != null) {
        builder.name(name);
      }
      if (version != null) {
        builder.version(version);
      }
      Optional<String> custom =
          customMetadata == null ? Optional.empty() : Optional.of(customMetadata(customMetadata));
      audit.metadata(custom).ifPresent(builder::customMetadata);
      signing.signer().ifPresent(builder::signer);
      EnclaveTarget target = EnclaveTarget.builder()
          .recipe(EnclaveTarget.Recipe.TREZA)
          .init(boot.treza().isPresent() ? EnclaveTarget.Init.TREZA : EnclaveTarget.Init.AWS)
          .hardened(boot.treza().filter(InitOptions::hardened).isPresent())
          .layout(ramdisks)
          .commandRule(rule)
          .build();
      if (audited && !audit.accepts(opened, target, spec.commandLine().getErr())) {
        return Optional.empty();
      }
      line.stage("building ...");
      return Optional.of(outcome.of(builder));
    } finally {
      line.end();
    }
  }

  private static EnclaveInit bundled(ImageConfig config) {
    Optional<Architecture> architecture = Architecture.ofImageName(config.architecture());
    return architecture
        .flatMap(EnclaveInit::bundled)
        .orElseThrow(() -> new Unusable("this treza has no init for " + config.architecture()
            + ": build it where there is a musl-gcc for that processor, or use --init aws"));
  }

  private RamdiskLayout layout() {
    return switch (layout == null ? "reproducible" : layout) {
      case "reproducible" -> RamdiskLayout.REPRODUCIBLE;
      case "nitro-cli" -> RamdiskLayout.NITRO_CLI;
      default ->
        throw new Unusable("--layout is reproducible or nitro-cli, not \"" + layout + "\"");
    };
  }

  /** The rule that was chosen; says so where the other would run something else. */
  private CommandRule commandRule(RamdiskLayout ramdisks, ImageConfig config) {
    CommandRule rule = switch (commandRule == null ? "" : commandRule) {
      case "" -> ramdisks.commandRule();
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
    if (image.isGiven()) {
      throw new Unusable("--ramdisk takes the ramdisks as they are: leave out the image");
    }
    OF_IMAGES.stream().filter(this::isGiven).findFirst().ifPresent(option -> {
      throw new Unusable("--ramdisk takes the ramdisks as they are: leave out " + option);
    });
    BlobOptions.Boot boot = blobs.withoutFiles();
    EifMetadata.Builder metadata = EifMetadata.builder(
        name != null ? name : String.valueOf(boot.kernel().getFileName()),
        version != null ? version : "1.0");
    if (customMetadata != null) {
      metadata.customMetadata(customMetadata(customMetadata));
    }
    EifBuilder builder = raw.builder(boot.kernel(), boot.cmdline(), metadata.buildTime(sourceDate));
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
    ObjectNode node = oneLine(measured, result.architecture());
    node.put("ImageConfigDigest", result.configDigest());
    node.put("ImageManifestDigest", result.manifestDigest().orElse(null));
    ObjectNode blobDigests = node.putObject("BlobDigests");
    result.blobs().forEach((blob, sha256) -> blobDigests.put(blob, "sha256:" + sha256));
    out.println(node);
  }

  private static ObjectNode oneLine(String measured, Architecture architecture) throws IOException {
    ObjectNode node = JsonMapper.builder().build().readValue(measured, ObjectNode.class);
    node.put("Architecture", architecture.name().toLowerCase(Locale.ROOT));
    return node;
  }

  private boolean isGiven(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }
}
