package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Uncompressed archives within a limit on their bytes: in a private directory, gone when closed, or
 * where they lie, if they are files already.
 *
 * <p>What was checked is what is read later, or reading fails.
 */
public final class Spool implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  // A frame may ask for any window; 64 MiB is twice what Go's encoder uses at its best level.
  private static final int ZSTD_WINDOW_LOG = 26;

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
    try (InputStream in = new BufferedInputStream(stored.open(), BUFFER)) {
      Compression compression = Compression.of(in);
      if (compression == Compression.NONE) {
        return stored;
      }
      FileSlice copy = copy(in, compression, file.toString(), InputStream::transferTo);
      bytes -= copy.size();
      return copy;
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
    try (InputStream in = new BufferedInputStream(blob.content().open(), BUFFER)) {
      Compression compression = Compression.of(in);
      boolean compressed = compression != Compression.NONE;
      LayerDigests digests = new LayerDigests(blob, diffId, compressed);
      if (!compressed && blob.content() instanceof FileSlice stored) {
        count(stored.size(), blob.place());
        return new Unpacked(diffId, checks.submit(() -> digests.check(stored)));
      }
      return new Unpacked(
          diffId,
          CompletableFuture.completedFuture(unpackLayer(in, compression, digests, blob.place())));
    }
  }

  private FileSlice unpackLayer(
      InputStream in, Compression compression, LayerDigests digests, String origin)
      throws IOException {
    InputStream hashed = digests.hashing(in);
    FileSlice copy = copy(
        hashed, compression, origin, (from, to) -> HashedCopy.copy(from, digests.unpacked(), to));
    // Bytes after the compressed data are part of the blob.
    hashed.transferTo(OutputStream.nullOutputStream());
    digests.require();
    return copy;
  }

  /** Packs the files below {@code root} into a layer, and hashes it. */
  FileSlice pack(Path root, MessageDigest hash) throws IOException {
    return write(root.toString(), plain -> {
      TarWriter tar = new TarWriter(new DigestOutputStream(plain, hash));
      new RootDirectory(root, limits.maxEntries()).list(tar::write);
      tar.finish();
    });
  }

  /** What moves the bytes of an archive. */
  @FunctionalInterface
  private interface Copier {
    void copy(InputStream in, OutputStream out) throws IOException;
  }

  private FileSlice copy(InputStream stored, Compression compression, String origin, Copier copier)
      throws IOException {
    try (InputStream in = compression.uncompressed(new Borrowed(stored), origin)) {
      return write(origin, out -> copier.copy(in, out));
    } catch (ZipException | EOFException e) {
      throw new ImageException(
          origin + ": damaged gzip data (" + e.getMessage() + "); fetch it again", e);
    } catch (ZstdIOException e) {
      throw new ImageException(
          origin + ": zstd data damaged, or of a window over 64 MiB (" + e.getMessage() + ")", e);
    }
  }

  /** What fills a file of the spool. */
  @FunctionalInterface
  private interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  private FileSlice write(String origin, Source source) throws IOException {
    Path file = directory.resolve(files++ + ".tar");
    try (OutputStream out =
        new BufferedOutputStream(new Limited(Files.newOutputStream(file), origin), BUFFER)) {
      source.writeTo(out);
    }
    return new FileSlice(file, 0, Files.size(file));
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

  /** How an archive is stored. */
  private enum Compression {
    NONE,
    GZIP,
    ZSTD;

    /** Tells by the first bytes, which stay in {@code in}: names and media types are often wrong. */
    static Compression of(InputStream in) throws IOException {
      in.mark(4);
      String magic = new String(in.readNBytes(4), ISO_8859_1);
      in.reset();
      if (magic.startsWith("\u001f\u008b")) {
        return GZIP;
      }
      return magic.equals("(\u00b5/\u00fd") ? ZSTD : NONE;
    }

    InputStream uncompressed(InputStream in, String origin) throws IOException {
      if (this == GZIP) {
        return new GZIPInputStream(in, BUFFER);
      } else if (this == NONE) {
        return in;
      }
      try {
        return new ZstdInputStreamNoFinalizer(in).setLongMax(ZSTD_WINDOW_LOG);
      } catch (LinkageError e) {
        throw new ImageException(
            origin + ": zstd's native code cannot be loaded here; may java.io.tmpdir run code?", e);
      }
    }
  }

  /** Closing it frees what decompresses, and leaves the stream it reads from open. */
  private static final class Borrowed extends FilterInputStream {
    Borrowed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return in.read(buffer, offset, length);
    }

    @Override
    public void close() {}
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
