package io.treza.image.internal;

import com.github.luben.zstd.ZstdIOException;
import io.treza.image.Content;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
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
import java.util.zip.ZipException;

/**
 * A private directory of uncompressed archives, within a limit on their bytes, gone when closed.
 *
 * <p>What was checked is what is read later: the source is never opened again.
 */
public final class Spool implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path directory;
  private final ImageLimits limits;
  private long bytes;
  private int files;

  /** Makes a directory, readable by its owner alone, in {@code parent}. */
  public Spool(Path parent, ImageLimits limits) throws IOException {
    this.directory = Files.createTempDirectory(parent, "image-");
    this.limits = limits;
  }

  /** The archive in {@code file}: the file itself, or a copy of it, uncompressed. */
  public FileSlice archive(Path file) throws IOException {
    Content stored = Content.of(file);
    String origin = file.toString();
    try (InputStream in = new BufferedInputStream(stored.open(), BUFFER)) {
      Compression compression = Compression.of(in);
      return compression == Compression.NONE
          ? new FileSlice(file, 0, stored.size())
          : copy(in, compression, origin, InputStream::transferTo);
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
    try (InputStream in = compression.uncompressed(stored, origin)) {
      return write(origin, out -> copier.copy(in, out));
    } catch (ZipException | EOFException | ZstdIOException e) {
      throw Compression.damaged(origin, e);
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
