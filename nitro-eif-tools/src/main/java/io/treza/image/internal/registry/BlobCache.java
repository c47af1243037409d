package io.treza.image.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.BlobProgress;
import io.treza.image.Content;
import io.treza.image.ImageException;
import io.treza.image.internal.Descriptor;
import io.treza.image.internal.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Blobs in files named by their digests, and what each tag last meant, shared by all builds of a
 * user at once: a file appears whole or not at all, and is checked again before each use.
 */
public final class BlobCache {
  private static final int BUFFER = 1 << 16;

  private final Path directory;

  BlobCache(Path directory) {
    this.directory = directory;
  }

  /** {@code treza} in the place for a user's caches: XDG's if set, else the system's. */
  public static Path defaultDirectory() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    // The XDG specification has relative values ignored.
    if (xdg != null && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg, "treza");
    }
    String home = System.getProperty("user.home");
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String windows = System.getenv("LOCALAPPDATA");
    if (system.startsWith("windows") && windows != null) {
      return Path.of(windows, "treza", "cache");
    }
    return system.startsWith("mac")
        ? Path.of(home, "Library", "Caches", "treza")
        : Path.of(home, ".cache", "treza");
  }

  /** The blob, if it is here and sound; a damaged file stays until a sound one replaces it. */
  Optional<Content> find(Descriptor wanted) throws IOException {
    Path file = file(wanted.digest());
    MessageDigest hash = wanted.digest().hasher();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    // Not deleted otherwise: another build may have replaced it by now.
    return wanted.digest().matches(hash) ? Optional.of(Content.of(file)) : Optional.empty();
  }

  /**
   * Keeps a blob as it arrives, if it is the one wanted.
   *
   * @param place what to call the blob in messages
   * @throws ImageException if it is longer, or is another
   * @throws EOFException if it is shorter, as when the connection broke
   */
  Content store(Descriptor wanted, InputStream in, String place, BlobProgress progress)
      throws IOException {
    long size = wanted.size().orElseThrow();
    Path file = file(wanted.digest());
    Path partial = partial();
    try {
      MessageDigest hash = wanted.digest().hasher();
      String name = wanted.digest().toString();
      long done = 0;
      progress.progress(name, done, size);
      try (OutputStream out = Files.newOutputStream(partial)) {
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          done += n;
          if (done > size) {
            throw new ImageException(place + ": more than the " + size + " bytes stated");
          }
          hash.update(buffer, 0, n);
          out.write(buffer, 0, n);
          progress.progress(name, done, size);
        }
      }
      if (done < size) {
        throw new EOFException("it ended after " + done + " of " + size + " bytes");
      }
      wanted.digest().require(hash, place);
      move(partial, file);
      return Content.of(file);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** What a tag meant when it was last asked for. */
  Optional<String> tag(String reference) throws IOException {
    try {
      return Optional.of(Files.readString(tagFile(reference)).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Remembers what a tag means. */
  void tag(String reference, Digest digest) throws IOException {
    Path partial = partial();
    try {
      Files.writeString(partial, digest + "\n");
      move(partial, tagFile(reference));
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path partial() throws IOException {
    return Files.createDirectories(directory.resolve("partial"))
        .resolve(UUID.randomUUID().toString());
  }

  private Path file(Digest digest) {
    return directory.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path tagFile(String reference) {
    return directory
        .resolve("tags")
        .resolve(Digest.sha256(reference.getBytes(UTF_8)).hex());
  }
}
