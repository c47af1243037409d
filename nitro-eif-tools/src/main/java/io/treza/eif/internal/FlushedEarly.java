package io.treza.eif.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes to a file and has what is written go to the disk meanwhile, so that the wait at the end is
 * short: hashing leaves the disk idle, and flushing leaves the processor so.
 */
final class FlushedEarly extends OutputStream {
  private static final int PORTION = 64 << 20;

  private final FileChannel channel;
  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
    Thread daemon = new Thread(task, "flush");
    daemon.setDaemon(true);
    return daemon;
  });
  private Future<?> flushing = CompletableFuture.completedFuture(null);
  private long unflushed;

  FlushedEarly(FileChannel channel) {
    this.channel = channel;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
    while (left.hasRemaining()) {
      channel.write(left);
    }
    unflushed += length;
    if (unflushed >= PORTION && flushing.isDone()) {
      await();
      unflushed = 0;
      flushing = thread.submit(() -> {
        channel.force(false);
        return null;
      });
    }
  }

  /** Ends the flushing that is under way; leaves the file open. */
  @Override
  public void close() throws IOException {
    try {
      await();
    } finally {
      thread.shutdown();
    }
  }

  private void await() throws IOException {
    try {
      flushing.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException problem) {
        throw problem;
      }
      throw new IllegalStateException("flushing a file", e.getCause());
    }
  }
}
