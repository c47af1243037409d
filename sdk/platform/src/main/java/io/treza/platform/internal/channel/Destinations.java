package io.treza.platform.internal.channel;

import io.treza.platform.channel.EgressRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where an enclave may reach out to, by the parent's word: which hosts, and what their names may
 * mean.
 *
 * @param rules by host and port as asked
 * @param fixed names that are not looked up
 * @param privateNames whether names may mean addresses of private networks
 */
public record Destinations(
    List<EgressRule> rules, Map<EgressRule, InetSocketAddress> fixed, boolean privateNames) {

  /** How many addresses of a name are tried; an answer of DNS has room for thousands. */
  private static final int MOST_TRIED = 16;

  public Destinations {
    rules = List.copyOf(rules);
    fixed = Map.copyOf(fixed);
  }

  boolean allows(EgressRule asked) {
    return rules.stream().anyMatch(rule -> rule.allows(asked.host(), asked.port()));
  }

  /** The address that is known without asking: a literal, or one that the operator gave. */
  Optional<InetSocketAddress> known(EgressRule asked) {
    InetSocketAddress given = fixed.get(asked);
    if (given == null && HostName.isAddress(asked.host())) {
      given = new InetSocketAddress(asked.host(), asked.port());
    }
    return Optional.ofNullable(given);
  }

  /**
   * The first of a name's addresses that may be reached. DNS is not the operator: it must not open what
   * he did not name (the instance's metadata, the parent's own services, its network).
   */
  List<InetSocketAddress> reachable(List<InetAddress> found, int port) {
    return found.stream()
        .filter(address -> mayBe(address, port))
        .limit(MOST_TRIED)
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  private boolean mayBe(InetAddress address, int port) {
    AddressKind kind = AddressKind.of(address);
    return kind == AddressKind.PUBLIC
        || (kind == AddressKind.PRIVATE && privateNames)
        || rules.stream().anyMatch(rule -> rule.allows(address.getHostAddress(), port));
  }
}
