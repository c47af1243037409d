package io.treza.sigstore;

import java.util.HexFormat;
import java.util.Locale;

/**
 * Digest of a file or image that a bundle must be about.
 *
 * @param algorithm in-toto's name of it: {@code sha256}, {@code sha384} or {@code sha512}
 * @param hex lower-case
 */
public record ArtifactDigest(String algorithm, String hex) {
  /**
   * A digest.
   *
   * @throws IllegalArgumentException if the algorithm is another, or the length not its own
   */
  public ArtifactDigest {
    hex = hex.toLowerCase(Locale.ROOT);
    int bytes = switch (algorithm) {
      case "sha256" -> 32;
      case "sha384" -> 48;
      case "sha512" -> 64;
      default ->
        throw new IllegalArgumentException(
            "digest algorithm \"" + algorithm + "\": sha256, sha384 or sha512");
    };
    if (HexFormat.of().parseHex(hex).length != bytes) {
      throw new IllegalArgumentException(algorithm + " digests have " + bytes + " bytes: " + hex);
    }
  }

  /** A digest written as {@code sha256:...}. */
  public static ArtifactDigest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("no digest: \"" + text + "\"; expected sha256:...");
    }
    return new ArtifactDigest(text.substring(0, colon), text.substring(colon + 1));
  }

  byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
