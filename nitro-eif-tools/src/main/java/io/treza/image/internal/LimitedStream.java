package io.treza.image.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

/** Fails as soon as more than a number of bytes have been read. */
final class LimitedStream extends InputStream {
  private final InputStream in;
  private final Supplier<? extends IOException> tooMuch;
  private long left;

  LimitedStream(InputStream in, long most, Supplier<? extends IOException> tooMuch) {
    this.in = in;
    this.left = most;
    this.tooMuch = tooMuch;
  }

  /** How many more bytes may be read. */
  long left() {
    return left;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    left -= Math.max(n, 0);
    if (left < 0) {
      throw tooMuch.get();
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
