package io.treza.eif.internal.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.treza.eif.EifException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** Uncompresses a stream as its first bytes say; what names and headers say of it may be wrong. */
final class Compression {
  private static final int BUFFER = 1 << 16;
  // Streams may ask for any amount of memory. 128 MiB is over what the strongest level of xz takes
  // (65 MiB) and of zstd without its "ultra" levels (8 MiB).
  private static final int ZSTD_WINDOW_LOG = 27;
  private static final int XZ_MEMORY_KIB = 128 << 10;

  private Compression() {}

  /**
   * The stream uncompressed, or as it is.
   *
   * @throws EifException if it is compressed in a way that is known and not supported
   */
  static InputStream uncompressed(InputStream stored, String origin) throws IOException {
    InputStream in = new BufferedInputStream(stored, BUFFER);
    in.mark(6);
    String magic = new String(in.readNBytes(6), ISO_8859_1);
    in.reset();
    if (magic.startsWith("\u001f\u008b")) {
      return new GZIPInputStream(in, BUFFER);
    } else if (magic.equals("\u00fd7zXZ\0")) {
      return new XZInputStream(in, XZ_MEMORY_KIB);
    } else if (magic.startsWith("(\u00b5/\u00fd")) {
      return zstd(in, origin);
    } else if (magic.startsWith("BZh")) {
      return new BZip2CompressorInputStream(in, true);
    } else if (magic.startsWith("]\0\0")) {
      throw new EifException(
          origin + ": compressed with lzma, which is not supported; compress it with xz");
    }
    return in;
  }

  private static InputStream zstd(InputStream in, String origin) throws IOException {
    try {
      return new ZstdInputStreamNoFinalizer(in).setLongMax(ZSTD_WINDOW_LOG);
    } catch (LinkageError e) {
      throw new EifException(
          origin + ": zstd's native code cannot be loaded here; may java.io.tmpdir run code?", e);
    }
  }
}
