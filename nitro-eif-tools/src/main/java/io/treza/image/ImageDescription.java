package io.treza.image;

import java.util.List;
import java.util.Optional;

/**
 * All that an image says of itself, its layers' contents apart.
 *
 * @param config what it says about the program to run
 * @param details what it says besides
 * @param configDigest digest of the configuration, {@code sha256:...}: what Docker calls the image
 *     id
 * @param manifestDigest by which registries know the image, where there is a manifest
 * @param layers the lowest first
 */
public record ImageDescription(
    ImageConfig config,
    ImageDetails details,
    String configDigest,
    Optional<String> manifestDigest,
    List<LayerDescription> layers) {
  public ImageDescription {
    layers = List.copyOf(layers);
  }

  /**
   * A layer.
   *
   * @param diffId digest of its archive, uncompressed, {@code sha256:...}
   * @param storedBytes size as it was stored, compressed or not
   * @param bytes size of its archive, uncompressed
   */
  public record LayerDescription(String diffId, long storedBytes, long bytes) {}
}
