package io.treza.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a server on loopback that is cut as often as a test says, each time after some bytes. */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final int port;
  private final long after;
  private final AtomicInteger cuts;

  /**
   * Starts.
   *
   * @param port of the server
   * @param after how many bytes towards the server a connection is cut
   * @param cuts how often
   */
  CuttingProxy(int port, long after, int cuts) throws IOException {
    this.port = port;
    this.after = after;
    this.cuts = new AtomicInteger(cuts);
    threads.execute(() -> {
      while (!socket.isClosed()) {
        try {
          Socket client = socket.accept();
          threads.execute(() -> carry(client));
        } catch (IOException e) {
          return; // it was closed
        }
      }
    });
  }

  String name() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** How many cuts are left to be made. */
  int left() {
    return cuts.get();
  }

  private void carry(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
      threads.execute(() -> {
        try {
          server.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
          // Either end has gone.
        }
      });
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      long passed = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        passed += n;
        if (passed > after && cuts.getAndUpdate(c -> Math.max(0, c - 1)) > 0) {
          return;
        }
      }
    } catch (IOException e) {
      // Either end has gone.
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
