package io.treza.image;

import com.fasterxml.jackson.databind.node.TextNode;
import io.treza.image.internal.ExtendedConfig;
import io.treza.image.internal.ImageParts;
import io.treza.image.internal.LayoutWriter;
import io.treza.image.internal.registry.ImagePush;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image of another's layers, as they are stored there, and new ones on top; made without Docker.
 *
 * <p>The same base and files give the same bytes on any machine: new layers are not compressed,
 * since compressors differ, and all times are those of 1970. Nothing is copied before the image is
 * written or pushed, and then it streams; until then the base must stay open and the files
 * unchanged.
 */
public final class ExtendedImage {
  private final ContainerImage base;
  private final ImageParts parts;

  private ExtendedImage(ContainerImage base, ImageParts parts) {
    this.base = base;
    this.parts = parts;
  }

  /** Starts from an image as it is. */
  public static Builder on(ContainerImage base) {
    return new Builder(base);
  }

  /** What is to be added and changed. */
  public static final class Builder {
    private record NewLayer(String step, List<FileEntry> entries) {}

    private final ContainerImage base;
    private final List<NewLayer> layers = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Map<String, String> labels = new LinkedHashMap<>();
    private Optional<List<String>> entrypoint = Optional.empty();
    private Optional<String> user = Optional.empty();
    private Optional<String> workingDirectory = Optional.empty();

    private Builder(ContainerImage base) {
      this.base = base;
    }

    /**
     * Puts a layer on top.
     *
     * @param step what made it, for the image's history
     * @param entries in the order they are written: a directory before what it holds
     */
    public Builder layer(String step, List<FileEntry> entries) {
      layers.add(new NewLayer(step, List.copyOf(entries)));
      return this;
    }

    /** The command's start; what the base runs is then forgotten, its arguments included. */
    public Builder entrypoint(List<String> words) {
      entrypoint = Optional.of(List.copyOf(words));
      return this;
    }

    /** A variable of the environment. */
    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** A label. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** User, or user and group, by name or number. */
    public Builder user(String user) {
      this.user = Optional.of(user);
      return this;
    }

    /** The directory to start in. */
    public Builder workingDirectory(String directory) {
      workingDirectory = Optional.of(directory);
      return this;
    }

    /**
     * Reads the new files once, for the image's digest.
     *
     * @throws IOException if a file cannot be read
     */
    public ExtendedImage build() throws IOException {
      ImageParts.Assembly assembly = ImageParts.on(base.loaded());
      for (NewLayer layer : layers) {
        assembly.layer(layer.step(), layer.entries());
      }
      ExtendedConfig config = assembly.config();
      if (entrypoint.isPresent()) {
        config.set("Entrypoint", entrypoint.get());
        config.set("Cmd", List.of());
      }
      if (!environment.isEmpty()) {
        config.environment(environment);
      }
      if (!labels.isEmpty()) {
        config.labels(labels);
      }
      user.ifPresent(name -> config.set("User", TextNode.valueOf(name)));
      workingDirectory.ifPresent(path -> config.set("WorkingDir", TextNode.valueOf(path)));
      return new ExtendedImage(base, assembly.finish());
    }
  }

  /** Digest of the manifest, by which registries know the image, {@code sha256:...}. */
  public String manifestDigest() {
    return parts.manifest().digest().toString();
  }

  /** Digest of the configuration, {@code sha256:...}: what Docker calls the image id. */
  public String configDigest() {
    return parts.config().digest().toString();
  }

  /**
   * Writes an OCI layout (OCI Image Specification 1.1, "Image Layout"), whole or not at all.
   *
   * @param directory which must not exist yet
   * @throws ImageException if a file has changed since the image was built
   * @throws java.nio.file.FileAlreadyExistsException if there is something of this name
   * @throws IOException if a file cannot be read or written
   */
  public void write(Path directory) throws IOException {
    LayoutWriter.write(directory, parts, base.config().architecture());
  }

  /**
   * Pushes to a registry what is not there yet. Where the base is in another repository of the same
   * registry, the registry is asked to take its layers from there. Broken connections are tried
   * again, from where they broke if the registry knows.
   *
   * @param target repository, and tag if there shall be one; a digest must be the image's
   * @param access with credentials good for writing
   * @return the image by its digest
   * @throws ImageException if the registry refuses or fails, or a file has changed since the image
   *     was built
   * @throws IOException if a file cannot be read
   */
  public RegistryReference push(RegistryReference target, RegistryAccess access)
      throws IOException {
    try (ImagePush push = new ImagePush(target, access.settings(), base.origin())) {
      return push.push(parts);
    }
  }
}
