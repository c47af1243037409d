package io.treza.eif.internal;

import io.treza.eif.EifException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Ends with an error where a stream delivers more than a limit, as a decompression bomb does. */
public final class Limited extends FilterInputStream {
  private final long limit;
  private final String origin;
  private long total;

  public Limited(InputStream in, long limit, String origin) {
    super(in);
    this.limit = limit;
    this.origin = origin;
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    count(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] buffer, int start, int length) throws IOException {
    int n = in.read(buffer, start, length);
    count(Math.max(n, 0));
    return n;
  }

  /** Bytes delivered so far. */
  public long total() {
    return total;
  }

  private void count(int bytes) throws EifException {
    total += bytes;
    if (total > limit) {
      throw new EifException(origin + ": more than " + limit + " bytes; raise the limit if meant");
    }
  }
}
