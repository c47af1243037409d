package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.treza.image.Content;
import io.treza.image.ImageException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** How an archive is stored. */
enum Compression {
  NONE(""),
  GZIP("+gzip"),
  ZSTD("+zstd");

  private static final int BUFFER = 1 << 16;
  // A frame may ask for any window; 64 MiB is twice what Go's encoder uses at its best level.
  private static final int ZSTD_WINDOW_LOG = 26;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /** The media type of a layer stored so (OCI Image Specification 1.1, "Image Layer"). */
  String layerType() {
    return "application/vnd.oci.image.layer.v1.tar" + suffix;
  }

  /** How {@code stored} is. */
  static Compression of(Content stored) throws IOException {
    try (InputStream in = new BufferedInputStream(stored.open())) {
      return of(in);
    }
  }

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

  /** The archive in {@code stored}, which closing the result leaves open. */
  InputStream uncompressed(InputStream stored, String origin) throws IOException {
    InputStream in = new Borrowed(stored);
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

  /** What a failure to read compressed data means. */
  static ImageException damaged(String origin, IOException e) {
    return e instanceof ZstdIOException
        ? new ImageException(
            origin + ": zstd data damaged, or of a window over 64 MiB (" + e.getMessage() + ")", e)
        : new ImageException(
            origin + ": damaged gzip data (" + e.getMessage() + "); fetch it again", e);
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
}
