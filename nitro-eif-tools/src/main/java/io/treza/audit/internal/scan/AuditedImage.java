package io.treza.audit.internal.scan;

import io.treza.image.ImageDescription;
import java.util.List;
import java.util.Optional;

/**
 * The image that reports must be about.
 *
 * @param configDigest {@code sha256:...}
 * @param manifestDigest {@code sha256:...}
 * @param diffIds of the layers, lowest first
 */
public record AuditedImage(
    String configDigest, Optional<String> manifestDigest, List<String> diffIds) {
  public AuditedImage {
    diffIds = List.copyOf(diffIds);
  }

  /** The image that says this of itself. */
  public static AuditedImage of(ImageDescription image) {
    return new AuditedImage(
        image.configDigest(),
        image.manifestDigest(),
        image.layers().stream().map(ImageDescription.LayerDescription::diffId).toList());
  }

  /** How {@code artifact} is known to be this image; empty if it is not. */
  Optional<String> sameAs(Artifact artifact) {
    if (artifact.imageId().filter(configDigest::equals).isPresent()) {
      return Optional.of("image id " + configDigest);
    }
    Optional<String> manifest = manifestDigest.filter(artifact.digests()::contains);
    if (manifest.isPresent()) {
      return manifest.map(m -> "manifest digest " + m);
    }
    // Vulnerabilities are in files, so the same layers under another configuration will do.
    if (!diffIds.isEmpty() && diffIds.equals(artifact.diffIds())) {
      return Optional.of("its " + diffIds.size() + " layers");
    }
    return Optional.empty();
  }
}
