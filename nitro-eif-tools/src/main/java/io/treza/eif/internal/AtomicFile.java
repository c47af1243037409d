package io.treza.eif.internal;

import io.treza.eif.EifException;
import io.treza.image.internal.AtomicDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that its name always holds either the old content or all of the new. */
public final class AtomicFile {
  private AtomicFile() {}

  /** What fills a file, through a channel open for writing at position 0. */
  @FunctionalInterface
  public interface Filler<T> {
    T fill(Path file, FileChannel channel) throws IOException;
  }

  /**
   * Fills a new file beside {@code target}, then moves it over {@code target}.
   *
   * @throws EifException if {@code target} is a directory
   * @throws java.nio.file.NoSuchFileException if it would be in none
   * @throws IOException from {@code filler} or the file system; the new file is then gone
   */
  public static <T> T write(Path target, Filler<T> filler) throws IOException {
    Path absolute = target.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      throw new EifException(target + ": a directory; name a file");
    }
    AtomicDirectory.requireParent(absolute);
    // Not Files.createTempFile, which would leave the result readable by its owner alone.
    Path partial = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID());
    try {
      T result;
      try (FileChannel channel =
          FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        result = filler.fill(partial, channel);
        channel.force(true);
      }
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
      return result;
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
