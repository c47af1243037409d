package io.treza.image;

import io.treza.image.internal.Choice;
import io.treza.image.internal.FileSlice;
import io.treza.image.internal.Flattener;
import io.treza.image.internal.FoundImage;
import io.treza.image.internal.ImageFiles;
import io.treza.image.internal.ImageLoader;
import io.treza.image.internal.Spool;
import io.treza.image.internal.registry.RegistryImage;
import io.treza.image.internal.registry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Linux container image whose every stated digest and size has been checked.
 *
 * <p>Opening one reads it whole and keeps its layers, uncompressed, in a private temporary
 * directory until {@link #close}; but a layer that lies uncompressed in a file stays there, and
 * reading it fails if that file has changed since it was checked. Supported are images in
 * registries, an OCI layout, what {@code docker save} writes, old or new, and what {@code skopeo
 * copy dir:} writes, each as a directory or a tar archive, gzipped or not, with layers as tar, plain
 * or compressed with gzip or zstd; and a plain directory.
 */
public final class ContainerImage implements AutoCloseable {
  private final Spool spool;
  private final ImageLimits limits;
  private final ImageLoader.Loaded image;
  private final Optional<RegistryReference> origin;

  private ContainerImage(
      Spool spool,
      ImageLimits limits,
      ImageLoader.Loaded image,
      Optional<RegistryReference> origin) {
    this.spool = spool;
    this.limits = limits;
    this.image = image;
    this.origin = origin;
  }

  /**
   * Opens the one Linux image in {@code path}, within the default limits.
   *
   * @throws ImageException if it is no valid image, does not match a digest, or holds several
   * @throws IOException if a file cannot be read or written
   */
  public static ContainerImage open(Path path) throws IOException {
    return opener().open(path);
  }

  /** Starts opening with other than the default options. */
  public static Opener opener() {
    return new Opener();
  }

  /** How to open an image. */
  public static final class Opener {
    private Optional<String> architecture = Optional.empty();
    private Optional<String> tag = Optional.empty();
    private Optional<RegistryAccess> registries = Optional.empty();
    private ImageLimits limits = ImageLimits.defaults();
    private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"));

    private Opener() {}

    /** The processor to choose an image for, in Go's words, such as {@code arm64}. */
    public Opener architecture(String architecture) {
      this.architecture = Optional.of(architecture);
      return this;
    }

    /** The tag or image name to choose an image by, in a file that holds several. */
    public Opener tag(String tag) {
      this.tag = Optional.of(tag);
      return this;
    }

    /** How registries are reached; {@link RegistryAccess#defaults()} unless said. */
    public Opener registries(RegistryAccess access) {
      this.registries = Optional.of(access);
      return this;
    }

    /** How large the image may be. */
    public Opener limits(ImageLimits limits) {
      this.limits = limits;
      return this;
    }

    /** Where the temporary directory is made; it needs room for the uncompressed image, twice. */
    public Opener workDirectory(Path directory) {
      this.workDirectory = directory;
      return this;
    }

    /**
     * Opens the image in {@code path}.
     *
     * @throws ImageException if it is no valid image, does not match a digest, or several match
     * @throws IOException if a file cannot be read or written
     */
    public ContainerImage open(Path path) throws IOException {
      return open(spool -> find(path, spool).store(spool), Optional.empty());
    }

    /**
     * Pulls the image of this name, or as much of it as is not in the cache.
     *
     * @throws ImageException if the registry refuses or fails, or the image is not a valid one, does
     *     not match a digest, or several match
     * @throws IOException if a file cannot be read or written
     */
    public ContainerImage open(RegistryReference reference) throws IOException {
      Settings settings = registries.orElseGet(RegistryAccess::defaults).settings();
      return open(
          spool -> {
            try (RegistryImage image = new RegistryImage(reference, settings, limits)) {
              return find(reference, image).store(spool);
            }
          },
          Optional.of(reference));
    }

    /**
     * Reads the image in {@code path} once and keeps nothing, unless it is a compressed archive:
     * that is unpacked first.
     *
     * @throws ImageException if it is no valid image, does not match a digest, or several match
     * @throws IOException if a file cannot be read or written, or the visitor throws it
     */
    public ImageDescription read(Path path, LayerVisitor visitor) throws IOException {
      try (Spool spool = new Spool(workDirectory, limits)) {
        return find(path, spool).read(visitor, limits);
      }
    }

    /**
     * Pulls the image of this name, or as much of it as is not in the cache, and reads it once.
     *
     * @throws ImageException as {@link #open(RegistryReference)} does
     * @throws IOException if a file cannot be read or written, or the visitor throws it
     */
    public ImageDescription read(RegistryReference reference, LayerVisitor visitor)
        throws IOException {
      Settings settings = registries.orElseGet(RegistryAccess::defaults).settings();
      try (RegistryImage image = new RegistryImage(reference, settings, limits)) {
        return find(reference, image).read(visitor, limits);
      }
    }

    /**
     * Makes an image of the files below {@code directory}, in one layer.
     *
     * <p>Owners and modes are those of the file system where it is POSIX; elsewhere root owns
     * everything, directories and programs are 0755 and other files 0644. Times do not count. The
     * same files give the same image.
     *
     * @param config what to run
     * @throws ImageException if there are too many files, or one that no image can hold
     * @throws IOException if a file cannot be read or written
     */
    public ContainerImage openRoot(Path directory, ImageConfig config) throws IOException {
      return open(spool -> ImageLoader.loadRoot(directory, config, spool), Optional.empty());
    }

    @FunctionalInterface
    private interface Loader {
      ImageLoader.Loaded load(Spool spool) throws IOException;
    }

    private ContainerImage open(Loader loader, Optional<RegistryReference> origin)
        throws IOException {
      Spool spool = new Spool(workDirectory, limits);
      try {
        return new ContainerImage(spool, limits, loader.load(spool), origin);
      } catch (IOException | RuntimeException | Error e) {
        try {
          spool.close();
        } catch (IOException suppressed) {
          e.addSuppressed(suppressed);
        }
        throw e;
      }
    }

    private FoundImage find(Path path, Spool spool) throws IOException {
      ImageLoader loader = new ImageLoader(new Choice(architecture, tag));
      if (Files.isDirectory(path)) {
        return loader.find(new ImageFiles.InDirectory(path));
      }
      String origin = path.toString();
      FileSlice archive = spool.unpack(path);
      return loader.find(new ImageFiles.InArchive(archive, origin, limits));
    }

    private FoundImage find(RegistryReference reference, RegistryImage image) throws IOException {
      // Any tag belongs to the reference.
      Choice choice = new Choice(architecture, Optional.empty());
      return new ImageLoader(choice).find(image, image.root(), reference.toString());
    }
  }

  ImageLoader.Loaded loaded() {
    return image;
  }

  /** Where it was pulled from, if it was. */
  Optional<RegistryReference> origin() {
    return origin;
  }

  /** What the image says about the program to run. */
  public ImageConfig config() {
    return image.description().config();
  }

  /** All that the image says of itself. */
  public ImageDescription description() {
    return image.description();
  }

  /** Digest of the configuration, {@code sha256:...}: what Docker calls the image id. */
  public String configDigest() {
    return image.description().configDigest();
  }

  /** Digest of the manifest, by which registries know the image, where there is a manifest. */
  public Optional<String> manifestDigest() {
    return image.description().manifestDigest();
  }

  /** The layers, lowest first. */
  public List<Layer> layers() {
    return image.layers().stream()
        .map(s -> new Layer(s.diffId().toString(), s.tar()))
        .toList();
  }

  /**
   * Stacks the layers into the file system a container starts with.
   *
   * @throws ImageException if a layer is malformed or unsafe, or a limit is passed
   */
  public RootFilesystem flatten() throws IOException {
    return Flattener.flatten(image.layers(), limits);
  }

  /** Removes the temporary copies of the layers. */
  @Override
  public void close() throws IOException {
    spool.close();
  }
}
