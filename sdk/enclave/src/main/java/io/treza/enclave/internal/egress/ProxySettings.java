package io.treza.enclave.internal.egress;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code HTTPS_PROXY} and {@code NO_PROXY} say, as other programs read them: lower case first.
 *
 * @param proxy empty if connections go out directly
 * @param direct hosts that need none, and suffixes of such
 */
public record ProxySettings(Optional<InetSocketAddress> proxy, List<String> direct) {
  private static final String EVERYTHING = "*";

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if a proxy is named that is none of this kind
   */
  public static ProxySettings of(Map<String, String> environment) {
    return new ProxySettings(
        variable(environment, "https_proxy").map(ProxySettings::address),
        variable(environment, "no_proxy").stream()
            .flatMap(list -> Arrays.stream(list.split(",")))
            .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
            .filter(entry -> !entry.isEmpty())
            .toList());
  }

  /** The proxy for a host; empty if it is reached directly, as everything on this machine is. */
  public Optional<InetSocketAddress> proxyFor(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return isLoopback(name) || direct.stream().anyMatch(entry -> covers(entry, name))
        ? Optional.empty()
        : proxy;
  }

  private static boolean isLoopback(String name) {
    return name.equals("localhost")
        || name.matches("127(\\.[0-9]{1,3}){3}")
        || name.equals("::1")
        || name.equals("[::1]");
  }

  private static boolean covers(String entry, String name) {
    String suffix = entry.startsWith(".") ? entry : "." + entry;
    return entry.equals(EVERYTHING) || name.equals(entry) || name.endsWith(suffix);
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Stream.of(name, name.toUpperCase(Locale.ROOT))
        .flatMap(each -> Optional.ofNullable(environment.get(each)).stream())
        .filter(value -> !value.isBlank())
        .findFirst();
  }

  private static InetSocketAddress address(String text) {
    try {
      URI uri = new URI(text.strip());
      if ("http".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getPort() > 0
          && uri.getUserInfo() == null) {
        return new InetSocketAddress(uri.getHost(), uri.getPort());
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(problem(text), e);
    }
    throw new IllegalArgumentException(problem(text));
  }

  private static String problem(String text) {
    return "HTTPS_PROXY must be like http://127.0.0.1:3128, without a user, not \"" + text + "\"";
  }
}
