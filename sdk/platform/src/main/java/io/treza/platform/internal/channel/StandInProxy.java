package io.treza.platform.internal.channel;

import io.treza.platform.channel.EgressRule;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * The HTTP proxy on loopback that a simulated enclave's program has in place of the one inside an
 * enclave: the same answers, the image's own list, and the same request to the parent's way out.
 */
public final class StandInProxy implements Closeable {
  private static final int MOST = 256;

  private final EventLoop loop;
  private final InetSocketAddress address;
  private final Acceptor acceptor;

  private StandInProxy(StandInConnection.Way way) throws IOException {
    loop = new EventLoop("treza-stand-in-proxy");
    try {
      ServerSocketChannel server = ServerSocketChannel.open();
      try {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        address = (InetSocketAddress) server.getLocalAddress();
        acceptor = new Acceptor(
            loop, server, MOST, client -> StandInConnection.begin(loop, way, this::ended, client));
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      loop.close();
      throw e;
    }
  }

  private void ended() {
    acceptor.ended();
  }

  /**
   * Listens on a free port.
   *
   * @param image what the image allows
   * @param parent the Unix socket at which the parent's way out waits
   */
  public static StandInProxy start(List<EgressRule> image, Path parent) throws IOException {
    StandInProxy proxy = new StandInProxy(
        new StandInConnection.Way(List.copyOf(image), UnixDomainSocketAddress.of(parent)));
    proxy.loop.start();
    return proxy;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** Listens no more and resets all connections. */
  @Override
  public void close() {
    loop.close();
  }
}
