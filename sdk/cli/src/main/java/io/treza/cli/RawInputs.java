package io.treza.cli;

import io.treza.eif.Architecture;
import io.treza.eif.EifBuilder;
import io.treza.eif.EifMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What AWS's eif_build takes besides kernel and command line, under its names. */
final class RawInputs {
  /** What says something of ramdisks, and nothing of an image. */
  static final List<String> OPTIONS = List.of(
      "--arch", "--build-time", "--build-tool", "--build-tool-version", "--img-os", "--img-kernel");

  @Option(
      names = "--ramdisk",
      paramLabel = "FILE",
      description = "A ramdisk as it is, in place of an image; may be given again.")
  private List<Path> ramdisks = new ArrayList<>();

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      defaultValue = "x86_64",
      description = "With --ramdisk: x86_64 or aarch64. Default: ${DEFAULT-VALUE}.")
  private String processor = "";

  @Option(
      names = "--build-time",
      paramLabel = "TIME",
      description = "With --ramdisk: build time in the metadata, RFC 3339.")
  private @Nullable String buildTime;

  @Option(
      names = "--build-tool",
      paramLabel = "NAME",
      defaultValue = "treza",
      description = "With --ramdisk: build tool in the metadata. Default: ${DEFAULT-VALUE}.")
  private String buildTool = "";

  @Option(
      names = "--build-tool-version",
      paramLabel = "V",
      defaultValue = "1",
      description = "With --ramdisk: its version. Default: ${DEFAULT-VALUE}.")
  private String buildToolVersion = "";

  @Option(
      names = "--img-os",
      paramLabel = "NAME",
      defaultValue = "OS",
      description = "With --ramdisk: operating system in the metadata. Default: ${DEFAULT-VALUE}.")
  private String system = "";

  @Option(
      names = "--img-kernel",
      paramLabel = "V",
      defaultValue = "kernel",
      description = "With --ramdisk: kernel version in the metadata. Default: ${DEFAULT-VALUE}.")
  private String kernelVersion = "";

  /** Whether parts are given in place of an image. */
  boolean isGiven() {
    return !ramdisks.isEmpty();
  }

  /** The processor they are for. */
  Architecture architecture() {
    return Architectures.parse(processor);
  }

  /** A builder of these parts. */
  EifBuilder builder(Path kernel, String cmdline, EifMetadata.Builder metadata) throws IOException {
    EifBuilder builder = EifBuilder.of(architecture(), kernel, cmdline);
    for (Path ramdisk : ramdisks) {
      builder.addRamdisk(ramdisk);
    }
    if (buildTime != null) {
      try {
        metadata.buildTime(OffsetDateTime.parse(buildTime).toInstant());
      } catch (DateTimeException e) {
        throw new Unusable(
            "--build-time must be like 2026-11-23T00:00:00Z, not \"" + buildTime + "\"", e);
      }
    }
    return builder.metadata(metadata
        .buildTool(buildTool, buildToolVersion)
        .kernel(system, kernelVersion)
        .build());
  }
}
