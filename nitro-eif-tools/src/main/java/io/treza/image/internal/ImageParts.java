package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.image.FileEntry;
import io.treza.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The blobs of an image to be written and the manifest over them (OCI Image Specification 1.1,
 * "Image Manifest").
 *
 * @param layers the lowest first
 */
public record ImageParts(List<Part> layers, Part config, Part manifest) {
  private static final String BASE_DIGEST = "org.opencontainers.image.base.digest";

  /** Starts from another image's layers. */
  public static Assembly on(ImageLoader.Loaded base) throws IOException {
    return new Assembly(base);
  }

  /** Collects the parts. */
  public static final class Assembly {
    private final Optional<String> baseDigest;
    private final ExtendedConfig config;
    private final List<Part> layers = new ArrayList<>();

    private Assembly(ImageLoader.Loaded base) throws IOException {
      this.baseDigest = base.description().manifestDigest();
      this.config = new ExtendedConfig(base.config());
      for (Blob layer : base.blobs()) {
        layers.add(Part.of(layer));
      }
    }

    /** Puts a layer of these files on top, and says in the history what made it. */
    public void layer(String step, List<FileEntry> entries) throws IOException {
      Part layer = Part.of(Compression.NONE.layerType(), "the layer of " + step, out -> {
        TarWriter tar = new TarWriter(out);
        for (FileEntry entry : entries) {
          tar.write(entry);
        }
        tar.finish();
      });
      layers.add(layer);
      // Not compressed, so the blob is the archive.
      config.layer(layer.digest(), step);
    }

    /** What the image says of itself. */
    public ExtendedConfig config() {
      return config;
    }

    /** The whole. */
    public ImageParts finish() throws ImageException {
      Part document = Part.of(OciImages.CONFIG, config.bytes());
      ObjectNode manifest = JsonNodeFactory.instance.objectNode();
      manifest.put("schemaVersion", 2).put("mediaType", OciImages.MANIFEST);
      manifest.set("config", document.descriptor());
      ArrayNode list = manifest.putArray("layers");
      layers.forEach(layer -> list.add(layer.descriptor()));
      baseDigest.ifPresent(digest -> manifest.putObject("annotations").put(BASE_DIGEST, digest));
      return new ImageParts(
          List.copyOf(layers),
          document,
          Part.of(OciImages.MANIFEST, manifest.toString().getBytes(UTF_8)));
    }
  }
}
