package io.treza.sigstore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sigstore.trustroot.SigstoreConfigurationException;
import java.io.ByteArrayInputStream;
import java.util.List;

/**
 * The authorities and logs that are trusted (Sigstore protobuf-specs, {@code TrustedRoot}): the
 * public instance's from {@code cosign trusted-root create}, GitHub's from {@code gh attestation
 * trusted-root}.
 */
public final class SigstoreTrustedRoot {
  private final dev.sigstore.trustroot.SigstoreTrustedRoot parsed;

  private SigstoreTrustedRoot(dev.sigstore.trustroot.SigstoreTrustedRoot parsed) {
    this.parsed = parsed;
  }

  /**
   * Parses a trusted root.
   *
   * @param json one JSON object, {@code application/vnd.dev.sigstore.trustedroot+json;version=0.1}
   * @throws IllegalArgumentException if it is none, or a key or authority does not say since when
   *     it is valid
   */
  public static SigstoreTrustedRoot parse(byte[] json) {
    try {
      JsonNode tree = StrictJson.parse(json);
      for (String list : List.of("tlogs", "ctlogs")) {
        requireStart(tree, list, "/publicKey/validFor/start");
      }
      for (String list : List.of("certificateAuthorities", "timestampAuthorities")) {
        requireStart(tree, list, "/validFor/start");
      }
      return new SigstoreTrustedRoot(
          dev.sigstore.trustroot.SigstoreTrustedRoot.from(new ByteArrayInputStream(json)));
    } catch (Refused | SigstoreConfigurationException | RuntimeException e) {
      throw new IllegalArgumentException("trusted root: " + e.getMessage(), e);
    }
  }

  /** A missing start would be read as 1970, and the key as valid at any time. */
  private static void requireStart(JsonNode tree, String list, String path) throws Refused {
    for (int i = 0; i < tree.path(list).size(); i++) {
      if (!tree.path(list).path(i).at(path).isTextual()) {
        throw new Refused(
            BundleReason.MALFORMED, list + "[" + i + "]" + path.replace('/', '.') + " is missing");
      }
    }
  }

  dev.sigstore.trustroot.SigstoreTrustedRoot parsed() {
    return parsed;
  }
}
