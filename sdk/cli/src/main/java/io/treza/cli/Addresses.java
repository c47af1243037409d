package io.treza.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;

/** Addresses with ports, as in URLs: {@code 127.0.0.1:8443}, {@code [::1]:8443}. */
final class Addresses {
  private Addresses() {}

  /** The address that a text names; ends the command if it is none. */
  static InetSocketAddress parse(String text) {
    try {
      URI uri = URI.create("tcp://" + text);
      if (uri.getHost() != null && uri.getPort() >= 0 && text.equals(uri.getRawAuthority())) {
        return new InetSocketAddress(InetAddress.getByName(uri.getHost()), uri.getPort());
      }
    } catch (UnknownHostException | IllegalArgumentException e) {
      throw new Unusable("\"" + text + "\" is no address and port: 127.0.0.1:8443", e);
    }
    throw new Unusable("\"" + text + "\" is no address and port: 127.0.0.1:8443");
  }

  /** As {@link #parse} reads it. */
  static String text(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
