package io.treza.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.SocketFactory;

/** Sockets that all connect to one address, whatever they are told, as {@code curl --connect-to}. */
final class LedSockets extends SocketFactory {
  private final InetSocketAddress target;

  LedSockets(InetSocketAddress target) {
    this.target = target;
  }

  @Override
  public Socket createSocket() {
    return new Socket() {
      @Override
      public void connect(SocketAddress unused, int timeout) throws IOException {
        super.connect(target, timeout);
      }
    };
  }

  private Socket connected() throws IOException {
    Socket socket = createSocket();
    socket.connect(target, 0);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort)
      throws IOException {
    return connected();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort)
      throws IOException {
    return connected();
  }
}
