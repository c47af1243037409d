package io.treza.eif.agent;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** One connection to an agent. */
final class Peer implements Closeable {
  private final SocketChannel channel;

  Peer(SocketChannel channel) {
    this.channel = channel;
  }

  Peer send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  Peer finishSending() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  Answer answer() throws IOException {
    byte[] head = read(10);
    ByteBuffer numbers = ByteBuffer.wrap(head, 4, 6);
    return new Answer(Arrays.copyOf(head, 4), numbers.getShort(), read(numbers.getInt()));
  }

  Answer ask(byte[] frame) throws IOException {
    return send(frame).answer();
  }

  /** Whether the agent hangs up without another word. A reset, for bytes it did not read, is one. */
  boolean ends() {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("after " + buffer.position() + " of " + length + " bytes");
      }
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
