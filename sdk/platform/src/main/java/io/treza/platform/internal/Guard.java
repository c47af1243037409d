package io.treza.platform.internal;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Decides from a request's headers whether it may be served at all.
 *
 * <p>A web page can make a browser send requests to this machine. One under a name that was rebound
 * to a loopback address still sends that name as Host; one of another site sends its own Origin.
 * Neither is let in.
 */
public final class Guard {
  private final Set<String> hosts;

  /**
   * Lets in what is meant for one of these hosts.
   *
   * @param hosts names and literal addresses, lower case, without port
   */
  public Guard(Set<String> hosts) {
    this.hosts = Set.copyOf(hosts);
  }

  /** Whether a request with these headers may be served. */
  public boolean admits(Headers headers) {
    return refusal(headers).isEmpty();
  }

  /** The refusal, or nothing if the request may be served. */
  Optional<Reply> refusal(Headers headers) {
    List<String> host = headers.getOrDefault("Host", List.of());
    if (host.size() != 1 || !hosts.contains(hostOf("http://" + host.get(0)))) {
      return Optional.of(Reply.error(403, "Host not allowed"));
    }
    for (String origin : headers.getOrDefault("Origin", List.of())) {
      if (!origin
          .toLowerCase(Locale.ROOT)
          .equals("http://" + host.get(0).toLowerCase(Locale.ROOT))) {
        return Optional.of(Reply.error(403, "Origin not allowed"));
      }
    }
    return Optional.empty();
  }

  private static String hostOf(String address) {
    try {
      URI uri = URI.create(address);
      String host = uri.getHost();
      return host == null || uri.getRawUserInfo() != null ? "" : host.toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
