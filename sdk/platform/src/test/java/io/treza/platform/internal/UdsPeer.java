package io.treza.platform.internal;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A peer on a Unix socket that plays one script a connection. */
final class UdsPeer implements Closeable {
  /** It reads so many bytes, then writes an answer. */
  record Step(int reads, byte[] answer) {}

  /**
   * What happens on one connection.
   *
   * @param thenWaits whether it then waits for the other side to hang up, or hangs up itself
   */
  record Script(boolean thenWaits, Step... steps) {
    Script(int reads, byte[] answer, boolean thenWaits) {
      this(thenWaits, new Step(reads, answer));
    }
  }

  final Path path;

  /** What it read, a step each. */
  final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

  private final ServerSocketChannel server;
  private final Thread thread;

  UdsPeer(Path path, Script... scripts) throws IOException {
    this.path = path;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    thread = new Thread(() -> play(List.of(scripts)), "peer");
    thread.start();
  }

  private void play(List<Script> scripts) {
    try {
      for (Script script : scripts) {
        try (SocketChannel channel = server.accept()) {
          play(script, channel);
        }
      }
    } catch (IOException e) {
      // The test is over, or the other side was so rude that it ends here.
    }
  }

  private void play(Script script, SocketChannel channel) throws IOException {
    for (Step step : script.steps()) {
      ByteBuffer read = ByteBuffer.allocate(step.reads());
      while (read.hasRemaining() && channel.read(read) >= 0) {
        // until it is full
      }
      received.add(read.array());
      channel.write(ByteBuffer.wrap(step.answer()));
    }
    if (script.thenWaits()) {
      channel.read(ByteBuffer.allocate(1));
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
