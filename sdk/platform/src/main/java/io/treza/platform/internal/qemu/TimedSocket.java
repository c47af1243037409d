package io.treza.platform.internal.qemu;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/** A Unix-domain socket on which everything together must be done in a given time. */
final class TimedSocket implements Closeable {
  private static final int BUFFER = 1 << 12;

  private final SocketChannel channel;
  private final Selector selector;
  private final long deadline;
  private final ByteBuffer received = ByteBuffer.allocate(BUFFER).flip();

  private TimedSocket(SocketChannel channel, Selector selector, long deadline) {
    this.channel = channel;
    this.selector = selector;
    this.deadline = deadline;
  }

  /**
   * Connects.
   *
   * @param time for connecting and all that follows
   */
  static TimedSocket connect(Path path, Duration time) throws IOException {
    long deadline = System.nanoTime() + time.toNanos();
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // The kernel queues the connection or refuses it: this does not wait.
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      return new TimedSocket(channel, selector, deadline);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  void write(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      if (channel.write(rest) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  /**
   * A line without its end.
   *
   * @throws IOException if there is none of at most {@code limit} bytes
   */
  String readLine(int limit) throws IOException {
    StringBuilder line = new StringBuilder();
    for (char c = next(); c != '\n'; c = next()) {
      if (line.length() == limit) {
        throw new IOException("answered a line of over " + limit + " bytes");
      }
      line.append(c);
    }
    return line.toString();
  }

  /** As many bytes as asked for. */
  byte[] readExactly(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) next();
    }
    return bytes;
  }

  /** The next byte; QMP and the daemon's handshake speak ASCII. */
  private char next() throws IOException {
    while (!received.hasRemaining()) {
      received.clear();
      int count = channel.read(received);
      received.flip();
      if (count < 0) {
        throw new EOFException("closed the connection");
      } else if (count == 0) {
        await(SelectionKey.OP_READ);
      }
    }
    return (char) (received.get() & 0xff);
  }

  private void await(int operation) throws IOException {
    long left = (deadline - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("did not answer in time");
    } else if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted while waiting for an answer");
    }
    channel.keyFor(selector).interestOps(operation);
    selector.select(left);
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
