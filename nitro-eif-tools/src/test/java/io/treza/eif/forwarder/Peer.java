package io.treza.eif.forwarder;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** One end of a connection that is carried. */
public final class Peer implements Closeable {
  private final SocketChannel channel;

  public Peer(SocketChannel channel) {
    this.channel = channel;
  }

  public Peer send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  public Peer send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  /** Sends beside what else is done. */
  public CompletableFuture<Void> sending(byte[] bytes) {
    return CompletableFuture.runAsync(() -> {
      try {
        send(bytes);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  /** Sends as much as is taken without waiting, and says how much. */
  public long sendWithoutWaiting() throws IOException {
    channel.configureBlocking(false);
    long sent = 0;
    for (int count = 1; count > 0; sent += count) {
      count = channel.write(ByteBuffer.allocate(1 << 16));
    }
    channel.configureBlocking(true);
    return sent;
  }

  public Peer finishSending() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** So many bytes, or fewer if it ends before. */
  public byte[] read(int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // until it is full
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  public String readText(int most) throws IOException {
    return new String(read(most), ISO_8859_1);
  }

  /** All up to the end. */
  public String rest() throws IOException {
    return readText(1 << 16);
  }

  /** Whether it ends in good order, without another byte. */
  public boolean ends() throws IOException {
    return channel.read(ByteBuffer.allocate(1)) < 0;
  }

  /** Whether it has been reset. */
  public boolean isReset() {
    try {
      return channel.read(ByteBuffer.allocate(1)) < -1;
    } catch (IOException e) {
      return true;
    }
  }

  /** Closes it so that TCP resets it. */
  public void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
