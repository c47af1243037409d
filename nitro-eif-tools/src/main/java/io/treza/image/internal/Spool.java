package io.treza.image.internal;

import com.github.luben.zstd.ZstdIOException;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.ZipException;

/**
 * Uncompressed archives within a limit on their bytes: in a private directory, gone when closed, or
 * where they lie, if they are files already.
 *
 * <p>What was checked is what is read later, or reading fails.
 */
public final class Spool implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path directory;
  private final ImageLimits limits;
  private final ExecutorService checks =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
        Thread daemon = new Thread(task, "layer digest");
        daemon.setDaemon(true);
        return daemon;
      });
  private long bytes;
  private int files;

  /** Makes a directory, readable by its owner alone, in {@code parent}. */
  public Spool(Path parent, ImageLimits limits) throws IOException {
    this.directory = Files.createTempDirectory(parent, "image-");
    this.limits = limits;
  }

  /**
   * The archive in {@code file}: the file itself, or an uncompressed copy. Its members are counted
   * when they are unpacked.
   */
  public FileSlice unpack(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": not a regular file that can be read");
    }
    FileSlice stored = FileSlice.unchanging(file);
    String origin = file.toString();
    try (InputStream in = new BufferedInputStream(stored.open(), BUFFER)) {
      Compression compression = Compression.of(in);
      if (compression == Compression.NONE) {
        return stored;
      }
      try (InputStream archive = compression.uncompressed(in, origin)) {
        FileSlice copy = write(origin, archive::transferTo);
        bytes -= copy.size();
        return copy;
      }
    } catch (ZipException | EOFException | ZstdIOException e) {
      throw Compression.damaged(origin, e);
    }
  }

  /** A layer that can be had once its digests have proved right. */
  public record Unpacked(Digest diffId, Future<FileSlice> checked) {
    /** Waits for the check. */
    FileSlice verified() throws IOException {
      try {
        return checked.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while checking a digest");
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException problem) {
          throw problem;
        }
        throw new IllegalStateException("checking a layer", e.getCause());
      }
    }
  }

  /**
   * Copies a layer, uncompressed, and checks its digest and that of the archive inside. One that
   * lies uncompressed in a file stays there, and is checked beside others of its kind.
   */
  public Unpacked unpackLayer(Blob blob, Digest diffId) throws IOException {
    if (blob.content() instanceof FileSlice stored && Compression.of(stored) == Compression.NONE) {
      LayerDigests digests = new LayerDigests(blob, diffId, false);
      count(stored.size(), blob.place());
      return new Unpacked(diffId, checks.submit(() -> digests.check(stored)));
    }
    try (InputStream in = new LayerStream(blob, diffId)) {
      return new Unpacked(
          diffId, CompletableFuture.completedFuture(write(blob.place(), in::transferTo)));
    }
  }

  /** Packs the files below {@code root} into a layer, and hashes it. */
  FileSlice pack(Path root, MessageDigest hash) throws IOException {
    return write(root.toString(), plain -> {
      TarWriter tar = new TarWriter(new DigestOutputStream(plain, hash));
      new RootDirectory(root, limits.maxEntries()).list(tar::write);
      tar.finish();
    });
  }

  /** What fills a file of the spool. */
  @FunctionalInterface
  private interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  private FileSlice write(String origin, Source source) throws IOException {
    Path file = directory.resolve(files++ + ".tar");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      UncachedOutput written = new UncachedOutput(file, channel);
      try (OutputStream out = new Limited(written, origin)) {
        source.writeTo(out);
      }
      return FileSlice.whole(file, written.pastTheCache());
    }
  }

  private void count(long added, String origin) throws ImageException {
    bytes += added;
    if (bytes > limits.maxBytes()) {
      throw new ImageException(
          origin + ": more than " + limits.maxBytes() + " bytes; raise maxBytes if meant");
    }
  }

  /** Counts into the spool's limit on bytes. */
  private final class Limited extends FilterOutputStream {
    private final String origin;

    Limited(OutputStream out, String origin) {
      super(out);
      this.origin = origin;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      count(length, origin);
      out.write(buffer, offset, length);
    }
  }

  @Override
  public void close() throws IOException {
    checks.shutdownNow();
    for (int i = 0; i < files; i++) {
      Files.deleteIfExists(directory.resolve(i + ".tar"));
    }
    Files.deleteIfExists(directory);
  }
}
