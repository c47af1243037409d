package io.treza.enclave;

import io.treza.enclave.internal.egress.ProxySettings;
import io.treza.enclave.internal.egress.Tunnel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The way out of an enclave: the proxy that {@code HTTPS_PROXY} names, to the hosts on the image's
 * list. Java's HTTP clients do not look at that variable by themselves.
 *
 * <p>Names are resolved outside the enclave, by the parent instance: what a name stands for is its
 * word, and only TLS, which ends in this program, shows who answers. Immutable, thread-safe.
 */
public final class EgressProxy {
  private final ProxySettings settings;

  private EgressProxy(ProxySettings settings) {
    this.settings = settings;
  }

  /**
   * What this process's environment says; without {@code HTTPS_PROXY}, connections are direct.
   *
   * @throws IllegalArgumentException if the variable does not name a proxy
   */
  public static EgressProxy fromEnvironment() {
    return of(System.getenv());
  }

  /** The {@link #proxySelector} of this process's environment. */
  public static ProxySelector selector() {
    return fromEnvironment().proxySelector();
  }

  /**
   * What an environment says, of which {@code HTTPS_PROXY} and {@code NO_PROXY} are looked at, in
   * lower case first; {@code Map.of()} for direct connections.
   *
   * @throws IllegalArgumentException if the variable does not name a proxy
   */
  public static EgressProxy of(Map<String, String> environment) {
    return new EgressProxy(ProxySettings.of(environment));
  }

  /**
   * For {@code java.net.http.HttpClient}, {@link java.net.HttpURLConnection} ({@link
   * ProxySelector#setDefault}) and OkHttp: https goes through the proxy, but for the hosts of {@code
   * NO_PROXY} and this machine. What else there is goes nowhere from an enclave.
   */
  public ProxySelector proxySelector() {
    return new Selector(settings);
  }

  /**
   * A connection to a destination, for protocols that are not HTTP; put TLS over it. Also tells what
   * an HTTP client does not: why the way out leads nowhere.
   *
   * @param host a DNS name or an IPv4 address
   * @param limit for connecting to the proxy, and again for its answer
   * @throws EgressRefusedException if the proxy refuses, with its reason
   * @throws IOException if the proxy, or without one the destination, does not answer
   */
  public Socket connect(String host, int port, Duration limit) throws IOException {
    Optional<InetSocketAddress> proxy = settings.proxyFor(host);
    return proxy.isPresent()
        ? Tunnel.open(proxy.get(), host, port, limit)
        : Tunnel.connect(new InetSocketAddress(host, port), limit);
  }

  /** The settings. */
  @Override
  public String toString() {
    return "EgressProxy" + settings;
  }

  private static final class Selector extends ProxySelector {
    private final ProxySettings settings;

    Selector(ProxySettings settings) {
      this.settings = settings;
    }

    @Override
    public List<Proxy> select(URI uri) {
      boolean https = "https".equalsIgnoreCase(uri.getScheme());
      return List.of(Optional.ofNullable(uri.getHost())
          .filter(host -> https)
          .flatMap(settings::proxyFor)
          .map(address -> new Proxy(Proxy.Type.HTTP, address))
          .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
      // There is one way out, so there is none to prefer from now on.
    }
  }
}
