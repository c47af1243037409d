package io.treza.platform.internal.channel;

import io.treza.platform.channel.EnclaveTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;

/** A program on this machine in an enclave's place. */
public record LoopbackTransport() implements EnclaveTransport {
  @Override
  public Route route(long port) {
    return new Route(address(port), Optional.empty());
  }

  @Override
  public SocketChannel connect(long port, Duration limit) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.socket().connect(address(port), Math.toIntExact(Math.max(1, limit.toMillis())));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public ServerSocketChannel listen(long port) throws IOException {
    throw new IOException("a simulated enclave reaches out by itself: nothing connects to port "
        + port + " of a parent");
  }

  private static InetSocketAddress address(long port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("a simulated enclave has ports 1 to 65535, not " + port);
    }
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), (int) port);
  }
}
