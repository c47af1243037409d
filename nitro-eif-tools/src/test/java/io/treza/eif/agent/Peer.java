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
    ByteBuffer head = read(10);
    byte[] magic = Arrays.copyOf(head.array(), 4);
    int status = head.getShort(4);
    return new Answer(magic, status, read(head.getInt(6)).array());
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

  private ByteBuffer read(int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("after " + buffer.position() + " of " + length + " bytes");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
