package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes one image as an OCI layout (OCI Image Specification 1.1, "Image Layout"). */
public final class LayoutWriter {
  private LayoutWriter() {}

  /**
   * Writes a new directory, whole or not at all.
   *
   * @param architecture in Go's words
   */
  public static void write(Path target, ImageParts image, String architecture) throws IOException {
    AtomicDirectory.write(target, directory -> {
      for (Part layer : image.layers()) {
        write(layer, directory);
      }
      write(image.config(), directory);
      write(image.manifest(), directory);
      ObjectNode index = JsonNodeFactory.instance.objectNode();
      index.put("schemaVersion", 2).put("mediaType", OciImages.INDEX);
      ObjectNode entry = image.manifest().descriptor();
      entry.putObject("platform").put("architecture", architecture).put("os", "linux");
      index.putArray("manifests").add(entry);
      Files.write(directory.resolve("index.json"), index.toString().getBytes(UTF_8));
      Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
      return directory;
    });
  }

  private static void write(Part part, Path directory) throws IOException {
    Path blobs =
        Files.createDirectories(directory.resolve("blobs").resolve(part.digest().algorithm()));
    Path file = blobs.resolve(part.digest().hex());
    if (!Files.exists(file)) { // an image may have a layer twice
      try (OutputStream out = Files.newOutputStream(file)) {
        part.writeTo(out);
      }
    }
  }
}
