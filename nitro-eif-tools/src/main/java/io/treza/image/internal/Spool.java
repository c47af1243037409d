package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.treza.image.Content;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A private directory of uncompressed archives, within a limit on their bytes, gone when closed.
 *
 * <p>What was checked is what is read later: the source is never opened again.
 */
public final class Spool implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  // A frame may ask for any window; 64 MiB is twice what Go's encoder uses at its best level.
  private static final int ZSTD_WINDOW_LOG = 26;

  private final Path directory;
  private final ImageLimits limits;
  private long bytes;
  private int files;

  /** Makes a directory, readable by its owner alone, in {@code parent}. */
  public Spool(Path parent, ImageLimits limits) throws IOException {
    this.directory = Files.createTempDirectory(parent, "image-");
    this.limits = limits;
  }

  /** Copies {@code blob}, uncompressed, without checking a digest. */
  public FileSlice unpack(Content blob, String origin) throws IOException {
    try (InputStream in = new BufferedInputStream(blob.open(), BUFFER)) {
      return copy(in, Compression.of(in), origin, InputStream::transferTo);
    }
  }

  /** Copies a layer, uncompressed, and checks its digest and that of the archive inside. */
  public FileSlice unpackLayer(Blob blob, Digest diffId) throws IOException {
    String origin = blob.place();
    MessageDigest unpacked = diffId.hasher();
    Optional<Digest> toCheck;
    MessageDigest stored;
    FileSlice copy;
    try (InputStream in = new BufferedInputStream(blob.content().open(), BUFFER)) {
      Compression compression = Compression.of(in);
      // Of an archive stored as it is, one digest is enough.
      toCheck =
          blob.stated().filter(stated -> compression != Compression.NONE || !stated.equals(diffId));
      stored = toCheck.orElse(diffId).hasher();
      InputStream hashed = toCheck.isPresent() ? new DigestInputStream(in, stored) : in;
      copy = copy(hashed, compression, origin, (from, to) -> HashedCopy.copy(from, unpacked, to));
      // Bytes after the compressed data are part of the blob.
      hashed.transferTo(OutputStream.nullOutputStream());
    }
    if (toCheck.isPresent()) {
      toCheck.get().require(stored, origin);
    }
    boolean once = blob.stated().isPresent() && toCheck.isEmpty();
    diffId.require(unpacked, once ? origin : origin + " uncompressed (diff_id)");
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

  /** Counts into the spool's limit on bytes. */
  private final class Limited extends FilterOutputStream {
    private final String origin;

    Limited(OutputStream out, String origin) {
      super(out);
      this.origin = origin;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      bytes += length;
      if (bytes > limits.maxBytes()) {
        throw new ImageException(
            origin + ": more than " + limits.maxBytes() + " bytes; raise maxBytes if meant");
      }
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

  /** Discards one copy. */
  public void discard(FileSlice copy) throws IOException {
    bytes -= copy.size();
    Files.delete(copy.file());
  }

  @Override
  public void close() throws IOException {
    for (int i = 0; i < files; i++) {
      Files.deleteIfExists(directory.resolve(i + ".tar"));
    }
    Files.deleteIfExists(directory);
  }
}
