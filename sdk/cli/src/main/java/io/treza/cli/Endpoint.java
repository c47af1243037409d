package io.treza.cli;

import io.treza.sdk.Enclave;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where a port of an enclave is reached, by the platform's record. Whoever answers there still has to
 * show that he is the enclave.
 *
 * @param port the workload's
 * @param address resolved
 */
record Endpoint(int port, InetSocketAddress address) {
  /**
   * The endpoint of a port, or the only one there is.
   *
   * @throws Unusable if there is none, or several and nobody said which
   */
  static Endpoint of(Enclave enclave, Optional<Integer> asked) {
    Map<Integer, InetSocketAddress> all = new TreeMap<>(enclave.endpoints());
    if (all.isEmpty()) {
      throw new Unusable(enclave.id() + " is not reached at any port: it is "
          + Printable.text(enclave.status().toString())
          + "; create it with --expose PORT, and wait until it is deployed");
    }
    String has = enclave.id() + " has "
        + all.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "));
    if (asked.isEmpty() && all.size() > 1) {
      throw new Unusable("which port? " + has);
    }
    int port = asked.orElseGet(() -> all.keySet().iterator().next());
    InetSocketAddress address = Optional.ofNullable(all.get(port))
        .orElseThrow(() -> new Unusable("port " + port + " is not reached; " + has));
    InetSocketAddress resolved = new InetSocketAddress(address.getHostString(), address.getPort());
    if (resolved.isUnresolved()) {
      throw new Unusable("the platform says that port " + port + " is reached at "
          + Printable.text(address.getHostString()) + ", which is no known name");
    }
    return new Endpoint(port, resolved);
  }
}
