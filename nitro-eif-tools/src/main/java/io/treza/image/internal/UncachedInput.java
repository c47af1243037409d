package io.treza.image.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reads a file that was written past the page cache, past it: read through it, every page would be
 * one more to fill.
 *
 * <p>Reads little after a skip and more and more while there is none, since the disk is asked each
 * time.
 */
final class UncachedInput extends InputStream {
  private static final int LARGEST = 1 << 20;
  private static final int SMALLEST = 1 << 16;

  private final Uncached file;
  private final ByteBuffer window;
  private long position;
  private long windowStart;
  private int next = SMALLEST;

  private UncachedInput(Uncached file, long position) {
    this.file = file;
    this.position = position;
    this.window = file.buffer(LARGEST).limit(0);
  }

  /** A stream from {@code position} to the end; empty if the file can only be read cached. */
  static Optional<InputStream> open(Path file, long position) {
    return Uncached.open(file, StandardOpenOption.READ)
        .map(opened -> new UncachedInput(opened, position));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!inWindow() && !fill()) {
      return -1;
    }
    int at = (int) (position - windowStart);
    int n = Math.min(length, window.limit() - at);
    window.get(at, bytes, offset, n);
    position += n;
    return n;
  }

  private boolean inWindow() {
    return position >= windowStart && position < windowStart + window.limit();
  }

  private boolean fill() throws IOException {
    boolean onward = position == windowStart + window.limit();
    next = onward ? Math.min(LARGEST, next * 2) : SMALLEST;
    windowStart = position - position % file.block();
    FileChannel channel = file.channel();
    channel.read(window.clear().limit(next), windowStart);
    window.flip();
    return inWindow();
  }

  @Override
  public long skip(long count) throws IOException {
    long n = Math.max(0, Math.min(count, file.channel().size() - position));
    position += n;
    return n;
  }

  @Override
  public void close() throws IOException {
    file.channel().close();
  }
}
