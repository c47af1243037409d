package io.treza.cli;

import io.treza.image.ImageLimits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How large an image may be. */
final class LimitOptions {
  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      description = "Most bytes of the image, uncompressed. Default: 17179869184.")
  private @Nullable Long maxBytes;

  @Option(
      names = "--max-entries",
      paramLabel = "N",
      description = "Most files in its layers together. Default: 1000000.")
  private @Nullable Integer maxEntries;

  @Option(
      names = "--max-path-bytes",
      paramLabel = "N",
      description = "Longest file name or link target. Default, and the most: 4000.")
  private @Nullable Integer maxPathBytes;

  ImageLimits limits() {
    ImageLimits defaults = ImageLimits.defaults();
    try {
      return new ImageLimits(
          maxBytes == null ? defaults.maxBytes() : maxBytes,
          maxEntries == null ? defaults.maxEntries() : maxEntries,
          maxPathBytes == null ? defaults.maxPathBytes() : maxPathBytes);
    } catch (IllegalArgumentException e) {
      throw new Unusable(
          "--max-bytes, --max-entries and --max-path-bytes are positive, the last at most "
              + defaults.maxPathBytes(),
          e);
    }
  }
}
