package io.treza.image.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes a new file from its beginning, on a thread of its own and past the page cache if the file
 * system can do that.
 *
 * <p>What is built here is as large as an image and seldom read soon. The cache would cost a copy,
 * and room that others use; past it the disk fetches the bytes while the caller makes the next.
 */
public final class UncachedOutput extends OutputStream {
  private static final int BUFFER = 1 << 20;
  // Through the cache: so that the wait for the disk does not all come at the end.
  private static final int FLUSHED_AT_ONCE = 64 << 20;

  private final FileChannel cached;
  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
    Thread daemon = new Thread(task, "write");
    daemon.setDaemon(true);
    return daemon;
  });
  private Optional<Uncached> uncached;
  private ByteBuffer filling;
  private ByteBuffer spare;
  private Future<?> writing = CompletableFuture.completedFuture(null);
  private long written;

  /**
   * Begins a file.
   *
   * @param file empty
   * @param channel the same file, open for writing; left open, at the end of what was written
   */
  public UncachedOutput(Path file, FileChannel channel) {
    this.cached = channel;
    this.uncached = Uncached.open(file, StandardOpenOption.WRITE);
    this.filling = buffer();
    this.spare = buffer();
  }

  /** Whether the file system did it: known once this is closed. */
  boolean pastTheCache() {
    return uncached.isPresent();
  }

  private ByteBuffer buffer() {
    return uncached
        .map(direct -> direct.buffer(BUFFER))
        .orElseGet(() -> ByteBuffer.allocateDirect(BUFFER));
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, filling.remaining());
      filling.put(bytes, offset + done, n);
      done += n;
      if (!filling.hasRemaining()) {
        hand();
      }
    }
  }

  /** Has the full buffer written, once the one before is. */
  private void hand() throws IOException {
    await();
    ByteBuffer full = filling.flip();
    filling = spare.clear();
    spare = full;
    writing = thread.submit(() -> {
      store(full);
      return null;
    });
  }

  private void store(ByteBuffer full) throws IOException {
    if (uncached.isPresent()) {
      try {
        writeAll(uncached.get().channel(), full);
        return;
      } catch (IOException e) {
        if (written > 0) {
          throw e;
        }
        // Some file systems refuse only now.
        uncached.get().channel().close();
        uncached = Optional.empty();
        full.rewind();
      }
    }
    writeAll(cached, full);
    if (written % FLUSHED_AT_ONCE == 0) {
      cached.force(false);
    }
  }

  private void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      written += channel.write(bytes, written);
    }
  }

  /** Writes the rest, which need not be a whole block; leaves the channel open. */
  @Override
  public void close() throws IOException {
    try {
      await();
      writeAll(cached, filling.flip());
      cached.position(written);
    } finally {
      thread.shutdown();
      if (uncached.isPresent()) {
        uncached.get().channel().close();
      }
    }
  }

  private void await() throws IOException {
    try {
      writing.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException problem) {
        throw problem;
      }
      throw new IllegalStateException("writing a file", e.getCause());
    }
  }
}
