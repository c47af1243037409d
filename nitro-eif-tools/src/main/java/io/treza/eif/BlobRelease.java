package io.treza.eif;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A release of AWS's blobs that is known by what was published about it.
 *
 * @param name the package or version, as far as it is known
 * @param architecture the processor it is for
 * @param pcr1 of the images that its {@code nitro-cli} builds, in lower-case hex, if published
 * @param digests SHA-256 of each blob in lower-case hex, by its name; empty if not published
 * @param source where this was published
 */
public record BlobRelease(
    String name,
    Architecture architecture,
    Optional<String> pcr1,
    Map<String, String> digests,
    String source) {
  private static final String RESOURCE = "known-blobs.json";

  public BlobRelease {
    digests = Map.copyOf(digests);
  }

  /** All that are known, the newest first. */
  public static List<BlobRelease> known() {
    List<BlobRelease> releases = new ArrayList<>();
    try (InputStream in = Objects.requireNonNull(
        BlobRelease.class.getResourceAsStream(RESOURCE), "known-blobs.json is in this jar")) {
      for (JsonNode release : JsonMapper.builder().build().readTree(in)) {
        Map<String, String> digests = new LinkedHashMap<>();
        release
            .path("sha256")
            .properties()
            .forEach(blob -> digests.put(blob.getKey(), blob.getValue().textValue()));
        releases.add(new BlobRelease(
            release.required("name").textValue(),
            Architecture.valueOf(release.required("architecture").textValue()),
            Optional.ofNullable(release.path("pcr1").textValue()),
            digests,
            release.required("source").textValue()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return releases;
  }
}
