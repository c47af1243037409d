package io.treza.image;

/**
 * How large an image may be before it is refused, so that a hostile one cannot fill disk or memory.
 *
 * @param maxBytes most bytes of the archive and its layers, uncompressed, together; default 16 GiB
 * @param maxEntries most members of the archive, and again of all layers together; default one
 *     million, about 300 bytes of memory each
 * @param maxPathBytes longest file name or link target, in bytes; default and maximum 4000, since
 *     Linux skips ramdisk members with names over 4095 without a word
 */
public record ImageLimits(long maxBytes, int maxEntries, int maxPathBytes) {
  private static final int LONGEST_PATH = 4000;

  public ImageLimits {
    if (maxBytes < 1 || maxEntries < 1 || maxPathBytes < 1 || maxPathBytes > LONGEST_PATH) {
      throw new IllegalArgumentException(
          "limits must be positive, and maxPathBytes at most " + LONGEST_PATH);
    }
  }

  public static ImageLimits defaults() {
    return new ImageLimits(16L << 30, 1_000_000, LONGEST_PATH);
  }
}
