package io.treza.image.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Copies a stream and hashes it on a thread of its own meanwhile: each takes about as long. */
final class HashedCopy {
  private static final int BUFFER = 1 << 18;

  private HashedCopy() {}

  /** Copies all of {@code in}, leaving both streams open; {@code hash} has then had every byte. */
  static void copy(InputStream in, MessageDigest hash, OutputStream out) throws IOException {
    ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
      Thread daemon = new Thread(task, "layer digest");
      daemon.setDaemon(true);
      return daemon;
    });
    try {
      byte[] current = new byte[BUFFER];
      byte[] other = new byte[BUFFER];
      Future<?> hashed = CompletableFuture.completedFuture(null);
      int n;
      do {
        n = in.readNBytes(current, 0, BUFFER);
        await(hashed);
        byte[] bytes = current;
        int length = n;
        hashed = thread.submit(() -> hash.update(bytes, 0, length));
        out.write(current, 0, n);
        current = other;
        other = bytes;
      } while (n == BUFFER);
      await(hashed);
    } finally {
      thread.shutdownNow();
    }
  }

  private static void await(Future<?> hashed) throws IOException {
    try {
      hashed.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while checking a digest");
    } catch (ExecutionException e) {
      throw new IllegalStateException("hashing bytes in memory cannot fail", e.getCause());
    }
  }
}
