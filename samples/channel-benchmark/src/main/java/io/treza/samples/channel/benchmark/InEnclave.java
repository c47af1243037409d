package io.treza.samples.channel.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A process in an enclave's place: it listens on a free TCP port and, as {@code vhost-device-vsock}
 * does, on a Unix socket where {@code CONNECT port} comes first. The first byte of a connection says
 * what it does: {@code E} sends all bytes back, {@code S} takes them and answers one at the end.
 */
final class InEnclave {
  private static final int BACKLOG = 4096;

  private final Selector echoes;

  private InEnclave(Selector echoes) {
    this.echoes = echoes;
  }

  /** Takes the path of the Unix socket; prints the TCP port. */
  public static void main(String[] arguments) throws IOException {
    ServerSocketChannel tcp = ServerSocketChannel.open();
    tcp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    unix.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])), BACKLOG);
    InEnclave inEnclave = new InEnclave(Selector.open());
    new Thread(() -> inEnclave.serve(tcp, false)).start();
    new Thread(() -> inEnclave.serve(unix, true)).start();
    new Thread(inEnclave::echo).start();
    System.out.println(((InetSocketAddress) tcp.getLocalAddress()).getPort());
  }

  private void serve(ServerSocketChannel server, boolean handshake) {
    while (true) {
      try {
        begin(server.accept(), handshake);
      } catch (IOException e) {
        System.err.println("a connection failed: " + e);
      }
    }
  }

  private void begin(SocketChannel connection, boolean handshake) throws IOException {
    if (handshake) {
      while (readByte(connection) != '\n') {
        // CONNECT and the port
      }
      connection.write(US_ASCII.encode("OK 1073741824\n"));
    } else {
      connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    int task = readByte(connection);
    if (task == 'E') {
      connection.configureBlocking(false);
      connection.register(echoes, SelectionKey.OP_READ);
      echoes.wakeup();
    } else {
      new Thread(() -> sink(connection)).start();
    }
  }

  private static int readByte(SocketChannel connection) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    if (connection.read(one) < 0) {
      throw new EOFException("it ended before it began");
    }
    return one.get(0);
  }

  private static void sink(SocketChannel connection) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 17);
    try (connection) {
      while (connection.read(bytes.clear()) >= 0) {
        // all of it
      }
      connection.write(US_ASCII.encode("."));
    } catch (IOException e) {
      // The client will tell.
    }
  }

  /** Only for messages that a connection takes whole. */
  private void echo() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 12);
    try {
      while (true) {
        echoes.select(key -> {
          SocketChannel connection = (SocketChannel) key.channel();
          try {
            if (connection.read(bytes.clear()) < 0) {
              connection.close();
            } else {
              connection.write(bytes.flip());
            }
          } catch (IOException e) {
            key.cancel();
          }
        });
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
