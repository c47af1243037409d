package io.treza.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy on loopback that takes CONNECT requests (RFC 9110, section 9.3.6), whatever the host, to
 * one port of this machine, and notes them.
 */
final class ConnectProxy implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final int port;
  private final String authorization;
  final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Starts.
   *
   * @param port where to lead to
   * @param authorization the value of Proxy-Authorization to ask for; empty for none
   */
  ConnectProxy(int port, String authorization) throws IOException {
    this.port = port;
    this.authorization = authorization;
    threads.execute(() -> {
      while (!socket.isClosed()) {
        try {
          Socket client = socket.accept();
          threads.execute(() -> serve(client));
        } catch (IOException e) {
          return; // it was closed
        }
      }
    });
  }

  String address() {
    return "localhost:" + socket.getLocalPort();
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      while (head.startsWith("CONNECT ")) {
        asked.add(head.split(" ")[1]);
        if (authorization.isEmpty()
            || head.contains("\r\nProxy-Authorization: " + authorization + "\r\n")) {
          relay(client);
          return;
        }
        client
            .getOutputStream()
            .write(
                ("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n"
                        + "\r\n")
                    .getBytes(ISO_8859_1));
        head = head(client.getInputStream());
      }
    } catch (IOException e) {
      // The client has what it wanted, or the test sees that it has not.
    }
  }

  private void relay(Socket client) throws IOException {
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.getOutputStream().write("HTTP/1.1 200 Fine\r\n\r\n".getBytes(ISO_8859_1));
      threads.execute(() -> copy(server, client));
      copy(client, server);
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
      to.shutdownOutput();
    } catch (IOException e) {
      // One side has closed.
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int read = in.read();
      if (read < 0) {
        return "";
      }
      head.write(read);
    }
    return head.toString(ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.shutdownNow();
  }
}
