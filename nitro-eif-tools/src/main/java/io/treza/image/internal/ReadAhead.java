package io.treza.image.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Reads a stream on a thread of its own, a few buffers ahead of whoever reads this. */
final class ReadAhead extends InputStream {
  private static final int BUFFER = 1 << 18;
  private static final int BUFFERS = 4;

  private final InputStream in;
  private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<Filled> filled = new ArrayBlockingQueue<>(BUFFERS);
  private final Thread thread;
  private Filled current = new Filled(new byte[0], BUFFER, Optional.empty());
  private int position = BUFFER;

  /**
   * What reading a buffer came to.
   *
   * @param length bytes; fewer than a buffer has only at the end
   * @param failure why it is the end, unless the stream is
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  private record Filled(byte[] bytes, int length, Optional<Throwable> failure) {}

  ReadAhead(InputStream in) {
    this.in = in;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new byte[BUFFER]);
    }
    this.thread = new Thread(this::fill, "layer");
    thread.setDaemon(true);
    thread.start();
  }

  private void fill() {
    try {
      boolean more = true;
      while (more) {
        byte[] bytes = free.take();
        Filled next;
        try {
          next = new Filled(bytes, in.readNBytes(bytes, 0, BUFFER), Optional.empty());
        } catch (IOException | RuntimeException | Error e) {
          next = new Filled(bytes, 0, Optional.of(e));
        }
        more = next.length == BUFFER;
        filled.put(next);
      }
    } catch (InterruptedException e) {
      // Nobody reads any more.
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (position == current.length && !next()) {
      return -1;
    }
    int n = Math.min(length, current.length - position);
    System.arraycopy(current.bytes, position, buffer, offset, n);
    position += n;
    return n;
  }

  private boolean next() throws IOException {
    if (current.length == BUFFER) {
      try {
        if (current.bytes.length == BUFFER) {
          free.put(current.bytes);
        }
        current = filled.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading a layer");
      }
      position = 0;
    }
    if (current.failure.isPresent()) {
      throw failure(current.failure.get());
    }
    return position < current.length;
  }

  private static IOException failure(Throwable thrown) {
    if (thrown instanceof RuntimeException e) {
      throw e;
    } else if (thrown instanceof Error e) {
      throw e;
    }
    return (IOException) thrown;
  }

  /** Stops the thread, waits for it, and closes what it read. */
  @Override
  public void close() throws IOException {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      in.close();
    }
  }
}
