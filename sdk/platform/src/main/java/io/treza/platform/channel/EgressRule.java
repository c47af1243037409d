package io.treza.platform.channel;

import io.treza.platform.internal.channel.HostName;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One destination that an enclave may reach: a host, or all hosts under a name, and a port. There is
 * no rule for every host.
 *
 * @param host a DNS name in lower case (RFC 1123, without a dot at the end; internationalized names in
 *     their {@code xn--} form); or {@code *.} and a name, for all names with one or more labels
 *     before it, but not that name itself; or an IPv4 address of four decimal numbers
 * @param port 1 to 65535
 */
public record EgressRule(String host, int port) {
  private static final Pattern RULE = Pattern.compile("(.*):([0-9]{1,5})");
  private static final String WILDCARD = "*.";

  public EgressRule {
    String name = host.startsWith(WILDCARD) ? host.substring(WILDCARD.length()) : host;
    if (!HostName.isName(name) && !(HostName.isAddress(name) && !host.startsWith(WILDCARD))) {
      throw new IllegalArgumentException("'" + host + "' is no host for a rule: expected a DNS name"
          + " in lower case, *. and a name, or an IPv4 address");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("the port of a rule is 1 to 65535, not " + port);
    }
  }

  /**
   * Reads {@code host:port}, for example {@code api.example.com:443}; upper case counts as lower.
   *
   * @throws IllegalArgumentException if it is none, with a message for whoever wrote it
   */
  public static EgressRule parse(String text) {
    Matcher rule = RULE.matcher(text);
    if (!rule.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no rule: expected host:port, for example api.example.com:443");
    }
    return new EgressRule(rule.group(1).toLowerCase(Locale.ROOT), Integer.parseInt(rule.group(2)));
  }

  /** Whether this lets an enclave reach a host, as the enclave wrote it in lower case, and a port. */
  public boolean allows(String asked, int askedPort) {
    if (askedPort != port) {
      return false;
    }
    return host.startsWith(WILDCARD)
        ? HostName.isName(asked) && asked.endsWith(host.substring(1))
        : asked.equals(host);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
