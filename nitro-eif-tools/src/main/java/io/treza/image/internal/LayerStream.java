package io.treza.image.internal;

import com.github.luben.zstd.ZstdIOException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.ZipException;

/**
 * A layer, uncompressed as it is read; who has read it to its end has read what its digests state,
 * or got an error.
 *
 * <p>A thread of its own decompresses and checks what was stored; what is uncompressed is checked
 * in the reader's, which usually has less to do.
 */
final class LayerStream extends InputStream {
  private static final int BUFFER = 1 << 16;

  private final String origin;
  private final LayerDigests digests;
  private final InputStream blob;
  private final InputStream archive;
  private boolean ended;

  LayerStream(Blob layer, Digest diffId) throws IOException {
    this.origin = layer.place();
    InputStream in = new BufferedInputStream(layer.content().open(), BUFFER);
    try {
      Compression compression = Compression.of(in);
      this.digests = new LayerDigests(layer, diffId, compression != Compression.NONE);
      this.blob = digests.hashing(in);
      this.archive = new ReadAhead(compression.uncompressed(blob, origin));
    } catch (EOFException | ZipException e) {
      in.close();
      throw Compression.damaged(origin, e);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (ended) {
      return -1;
    }
    int n;
    try {
      n = archive.read(buffer, offset, length);
    } catch (ZipException | EOFException | ZstdIOException e) {
      throw Compression.damaged(origin, e);
    }
    if (n >= 0) {
      digests.unpacked().update(buffer, offset, n);
    } else {
      ended = true;
      // Bytes after the compressed data are part of the blob.
      blob.transferTo(OutputStream.nullOutputStream());
      digests.require();
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    try (blob) {
      archive.close();
    }
  }
}
