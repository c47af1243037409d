package io.treza.platform.internal.channel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** What tells an enclave from where a client came: the PROXY protocol's version 2, section 2.2. */
final class ProxyHeader {
  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };
  private static final byte VERSION_2_PROXY = 0x21;
  private static final byte TCP_OVER_IPV4 = 0x11;
  private static final byte TCP_OVER_IPV6 = 0x21;

  private ProxyHeader() {}

  /** The header of one connection; both addresses are of one family, as a socket's two ends are. */
  static ByteBuffer of(InetSocketAddress source, InetSocketAddress destination) {
    byte[] from = address(source);
    byte[] to = address(destination);
    ByteBuffer header = ByteBuffer.allocate(SIGNATURE.length + 4 + from.length + to.length + 4);
    return header
        .put(SIGNATURE)
        .put(VERSION_2_PROXY)
        .put(from.length == 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6)
        .putShort((short) (from.length + to.length + 4))
        .put(from)
        .put(to)
        .putShort((short) source.getPort())
        .putShort((short) destination.getPort())
        .flip();
  }

  private static byte[] address(InetSocketAddress of) {
    InetAddress address = of.getAddress();
    return address.getAddress();
  }
}
