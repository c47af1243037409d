package io.treza.platform.internal.channel;

import io.treza.platform.channel.EnclaveTransport.Route;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client on its way to the enclave: not read before the enclave has taken the connection. */
public final class IngressConnection {
  private static final Logger LOG = LoggerFactory.getLogger(IngressConnection.class);

  /**
   * What all connections of an ingress have in common.
   *
   * @param route to the enclave's port
   * @param connect how long the enclave may take
   * @param idle how long there may be silence
   * @param proxyProtocol whether a header says where the client came from
   */
  public record Settings(Route route, Duration connect, Duration idle, boolean proxyProtocol) {}

  private IngressConnection() {}

  /**
   * Brings a client to the enclave.
   *
   * @param ended told once, when both connections are closed
   */
  public static void begin(
      EventLoop loop, SocketChannel client, Settings settings, Runnable ended) {
    SelectionKey near;
    ByteBuffer toEnclave;
    try {
      Channels.sendAtOnce(client);
      toEnclave = settings.proxyProtocol() ? header(client) : Channels.NOTHING;
      near = loop.park(client);
    } catch (IOException e) {
      LOG.debug("a client was gone at once", e);
      Channels.abort(client);
      ended.run();
      return;
    }
    Dial.begin(loop, List.of(settings.route()), settings.connect(), new Dial.Outcome() {
      @Override
      public void connected(SelectionKey far, ByteBuffer first) {
        Tunnel.join(loop, near, first, far, toEnclave, settings.idle(), ended);
      }

      @Override
      public void failed(IOException why) {
        LOG.debug("the enclave took no connection at {}", settings.route().address(), why);
        Channels.abort(client);
        ended.run();
      }
    });
  }

  private static ByteBuffer header(SocketChannel client) throws IOException {
    InetSocketAddress source = (InetSocketAddress) client.getRemoteAddress();
    InetSocketAddress destination = (InetSocketAddress) client.getLocalAddress();
    return ProxyHeader.of(source, destination);
  }
}
