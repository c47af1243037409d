package io.treza.image.internal.http;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which servers are talked to without TLS: those on this machine's loopback, by name or literal
 * address, and those the user said.
 *
 * @param insecure hosts, or hosts and ports
 */
public record PlainHttp(Set<String> insecure) {
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[?::1]?", Pattern.CASE_INSENSITIVE);

  /** Whether it may be this server, {@code host} or {@code host:port}. */
  public boolean allows(String server) {
    String host = server.replaceFirst("(?<=[^:]):[0-9]+$", "");
    return LOOPBACK.matcher(host).matches() || insecure.contains(server) || insecure.contains(host);
  }
}
