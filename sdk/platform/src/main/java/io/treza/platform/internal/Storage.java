package io.treza.platform.internal;

import io.treza.platform.internal.sqlite.SqliteStore;
import io.treza.platform.store.PlatformStore;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * The store that a platform uses, and what becomes of it when the platform closes.
 *
 * @param store the store
 * @param kept whether another process can go on from it
 */
public record Storage(PlatformStore store, boolean kept, Closing closing) implements AutoCloseable {
  private static final String FILE = "treza.db";

  /** What is done with the store at the end. */
  @FunctionalInterface
  public interface Closing {
    /** Does it. */
    void close() throws IOException;
  }

  /** One that its owner closes. */
  public static Storage of(PlatformStore store) {
    return new Storage(store, true, () -> {});
  }

  /**
   * A file in a directory, which is made, for its owner only, if it is missing.
   *
   * @throws IOException if it cannot be used, or another server does
   */
  public static Storage in(Path directory) throws IOException {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory);
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
          Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
      }
      PlatformStore store = SqliteStore.open(directory.resolve(FILE));
      return new Storage(store, true, store::close);
    } catch (FileSystemException e) { // whose message is but a path
      throw new IOException("the data directory " + directory + " cannot be used: " + e, e);
    }
  }

  /** One that is gone when it is closed. */
  public static Storage temporary() throws IOException {
    Path directory = Files.createTempDirectory("treza");
    PlatformStore store = SqliteStore.open(directory.resolve(FILE));
    return new Storage(store, false, () -> {
      store.close();
      List<Path> files;
      try (Stream<Path> listed = Files.list(directory)) {
        files = listed.toList();
      }
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(directory);
    });
  }

  @Override
  public void close() throws IOException {
    closing.close();
  }
}
