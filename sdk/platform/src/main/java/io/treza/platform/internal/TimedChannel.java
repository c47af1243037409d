package io.treza.platform.internal;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Reads and writes of a socket channel that end by a deadline. (A Unix-domain channel has no
 * {@code socket()} whose timeout could be set.)
 *
 * <p>Closing it gives the channel back in blocking mode, open.
 */
final class TimedChannel implements Closeable {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Deadline deadline;

  /** Takes the channel over until {@link #close}. */
  TimedChannel(SocketChannel channel, Deadline deadline) throws IOException {
    this.channel = channel;
    this.deadline = deadline;
    channel.configureBlocking(false);
    selector = channel.provider().openSelector();
    key = channel.register(selector, 0);
  }

  /** Writes all that remains in the buffer. */
  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  /**
   * The next {@code length} bytes.
   *
   * @throws EOFException if the peer ends before
   */
  byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      int count = channel.read(rest);
      if (count < 0) {
        throw new EOFException(
            "the peer ended after " + rest.position() + " of " + length + " bytes");
      }
      if (count == 0) {
        await(SelectionKey.OP_READ);
      }
    }
    return bytes;
  }

  private void await(int operation) throws IOException {
    Duration left = deadline.remaining();
    if (left.isNegative() || left.isZero()) {
      throw new SocketTimeoutException("the peer took too long");
    }
    key.interestOps(operation);
    selector.select(Math.max(1, left.toMillis())); // 0 would be for ever
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while waiting for the peer");
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
    if (channel.isOpen()) {
      channel.configureBlocking(true);
    }
  }
}
