package io.treza.audit.internal.elf;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Random access to a stream as far as a bounded memory allows: to all that was passed within the
 * first bytes, and to anything further on.
 */
final class ForwardBytes {
  private static final int CHUNK = 8192;

  private final InputStream in;
  private final long size;
  private final int keep;
  private byte[] kept = new byte[0];
  private int keptLength;
  private long position;

  /**
   * Reads {@code in} as it is asked for.
   *
   * @param size bytes the stream has
   * @param keep how many of the first bytes may be kept
   */
  ForwardBytes(InputStream in, long size, int keep) {
    this.in = in;
    this.size = size;
    this.keep = keep;
  }

  /** Says that what is wanted was passed and not kept. */
  static final class PassedException extends Exception {
    private static final long serialVersionUID = 1L;

    final long offset;

    PassedException(long offset) {
      this.offset = offset;
    }
  }

  long size() {
    return size;
  }

  /**
   * The bytes from {@code offset}, {@code length} of them or as many as there are.
   *
   * @param offset inside the stream
   */
  byte[] read(long offset, int length) throws IOException, PassedException {
    int count = (int) Math.min(length, size - offset);
    if (offset + count <= keep) {
      fill((int) offset + count);
      return Arrays.copyOfRange(kept, (int) offset, (int) offset + count);
    }
    if (position <= keep) {
      fill(keep);
    }
    int fromKept = (int) Math.max(0, Math.min(count, keptLength - offset));
    if (offset + fromKept < position) {
      throw new PassedException(offset);
    }
    byte[] bytes = new byte[count];
    if (fromKept > 0) {
      System.arraycopy(kept, (int) offset, bytes, 0, fromKept);
    }
    in.skipNBytes(offset + fromKept - position);
    position = offset + fromKept;
    int read = in.readNBytes(bytes, fromKept, count - fromKept);
    position += read;
    if (read < count - fromKept) {
      throw new EOFException("ends after " + position + " of " + size + " bytes");
    }
    return bytes;
  }

  private void fill(int end) throws IOException {
    int target = (int) Math.min(end, size);
    while (keptLength < target) {
      if (keptLength == kept.length) {
        // By what was delivered, not by what was announced.
        kept = Arrays.copyOf(kept, (int) Math.min(keep, Math.max(CHUNK, kept.length * 2L)));
      }
      int n = in.read(kept, keptLength, Math.min(target, kept.length) - keptLength);
      if (n < 0) {
        throw new EOFException("ends after " + keptLength + " of " + size + " bytes");
      }
      keptLength += n;
      position += n;
    }
  }
}
