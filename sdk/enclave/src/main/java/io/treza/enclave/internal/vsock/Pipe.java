package io.treza.enclave.internal.vsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A TCP connection and a native one joined: a thread each way, one buffer each. */
final class Pipe {
  private static final int BUFFER_BYTES = 64 * 1024;

  /**
   * How long one side may be silent after the other has ended: not every vsock passes a half-close
   * on, so that the silent one may not know.
   */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private final Socket tcp;
  private final NativeSocket other;
  private final Consumer<Pipe> atEnd;
  private volatile boolean tcpEnded;
  private final AtomicInteger ways = new AtomicInteger(2);

  /** Joins them; {@code atEnd} hears of it once, when both are closed. */
  Pipe(Socket tcp, NativeSocket other, Consumer<Pipe> atEnd) {
    this.tcp = tcp;
    this.other = other;
    this.atEnd = atEnd;
  }

  /** Until the other side sends no more. */
  void inwards() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    byte[] bytes = new byte[BUFFER_BYTES];
    run(() -> {
      OutputStream out = tcp.getOutputStream();
      while (more(buffer)) {
        int length = buffer.remaining();
        buffer.get(bytes, 0, length);
        out.write(bytes, 0, length);
      }
      tcp.shutdownOutput();
    });
  }

  /** Until the TCP side sends no more. */
  void outwards() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    byte[] bytes = new byte[BUFFER_BYTES];
    run(() -> {
      InputStream in = tcp.getInputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        other.write(buffer.clear().put(bytes, 0, length).flip());
      }
      tcpEnded = true;
      other.shutdownOutput();
    });
  }

  private boolean more(ByteBuffer buffer) throws IOException {
    while (!other.awaitReadable(SILENCE)) {
      if (tcpEnded) {
        return false;
      }
    }
    return other.read(buffer);
  }

  /** Ends both ways; the threads then close. */
  void abort() {
    other.abort();
    close(tcp);
  }

  @FunctionalInterface
  private interface Copying {
    void run() throws IOException;
  }

  private void run(Copying copying) {
    try {
      copying.run();
    } catch (IOException e) {
      // One side is gone: so is the connection, and there is nobody else to tell.
      abort();
    } finally {
      if (ways.decrementAndGet() == 0) {
        close(tcp);
        other.close();
        atEnd.accept(this);
      }
    }
  }

  static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The descriptor is gone either way.
      return;
    }
  }
}
