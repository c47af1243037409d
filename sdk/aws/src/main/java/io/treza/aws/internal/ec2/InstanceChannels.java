package io.treza.aws.internal.ec2;

import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The channels that a launch asks for: what its instance is told of them, and where they are reached.
 *
 * @param ports to expose
 * @param hosts to allow, with their ports
 */
record InstanceChannels(List<Integer> ports, List<String> hosts) {
  static InstanceChannels of(LaunchRequest request) {
    return new InstanceChannels(request.exposedPorts(), request.allowedHosts());
  }

  boolean none() {
    return ports.isEmpty() && hosts.isEmpty();
  }

  /**
   * Those of {@code parent.sh}, in words that mean nothing to a shell: {@code *.example.com} begins
   * with its dot.
   *
   * @param program the digest of what carries them
   */
  Map<String, String> parameters(String program) {
    Map<String, String> parameters = new TreeMap<>(Map.of("program", program));
    if (!ports.isEmpty()) {
      parameters.put("ports", joined(ports.stream().map(String::valueOf)));
    }
    if (!hosts.isEmpty()) {
      parameters.put("hosts", joined(hosts.stream().map(host -> host.replace("*", ""))));
    }
    return parameters;
  }

  private static String joined(Stream<String> items) {
    return items.collect(Collectors.joining(","));
  }

  /** Where each port is reached on an instance. */
  Map<Integer, InetSocketAddress> reachedAt(ParentInstance.Seen instance) throws IOException {
    Map<Integer, InetSocketAddress> reached = new TreeMap<>();
    for (int port : ports) {
      String address = instance
          .address()
          .orElseThrow(() -> new IOException("the instance " + instance.id()
              + " has no private IPv4 address to reach its ports at"));
      // It is in figures, so nobody is asked for a name.
      reached.put(port, new InetSocketAddress(InetAddress.getByName(address), port));
    }
    return reached;
  }
}
