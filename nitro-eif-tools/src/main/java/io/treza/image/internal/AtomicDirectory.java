package io.treza.image.internal;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/** Fills a directory so that its name appears with all of the content, or not at all. */
public final class AtomicDirectory {
  private AtomicDirectory() {}

  /** What fills the directory. */
  @FunctionalInterface
  public interface Filler<T> {
    T fill(Path directory) throws IOException;
  }

  /**
   * Fills a new directory beside {@code target}, then gives it that name.
   *
   * @throws FileAlreadyExistsException if there is something called {@code target}
   * @throws NoSuchFileException if the directory it would be in is missing
   * @throws IOException from {@code filler} or the file system; the new directory is then gone
   */
  public static <T> T write(Path target, Filler<T> filler) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target + ": exists; name a directory that does not");
    }
    Path absolute = target.toAbsolutePath();
    requireParent(absolute);
    Path partial = Files.createDirectory(
        absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID()));
    try {
      T result = filler.fill(partial);
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
      return result;
    } finally {
      delete(partial);
    }
  }

  /** Names the directory that is missing, not the temporary name of what would be in it. */
  public static void requireParent(Path absolute) throws NoSuchFileException {
    Path parent = absolute.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new NoSuchFileException(parent.toString());
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
