package io.treza.platform.internal;

import io.treza.platform.LaunchRequest;
import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.channel.Ingress;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The parent's ends of one enclave's channels: what a launch request asks for, while it is open.
 *
 * @param ingresses by the workload's port
 * @param egress there if the enclave is to reach any host
 */
public record ParentChannels(Map<Integer, Ingress> ingresses, Optional<Egress> egress)
    implements Closeable {
  /** Of what is not open. */
  public static final ParentChannels CLOSED = new ParentChannels(Map.of(), Optional.empty());

  /**
   * Listens on a free port of the loopback address for each exposed port, and for the enclave if it
   * is to reach any host.
   *
   * @param settings of the way out, besides the allowed hosts
   * @throws IOException if that is not possible; then nothing is left open
   */
  public static ParentChannels open(
      EnclaveTransport transport, LaunchRequest request, UnaryOperator<Egress.Builder> settings)
      throws IOException {
    Map<Integer, Ingress> ingresses = new TreeMap<>();
    try {
      for (int port : request.exposedPorts()) {
        ingresses.put(port, Ingress.builder(transport, port).start());
      }
      if (request.allowedHosts().isEmpty()) {
        return new ParentChannels(ingresses, Optional.empty());
      }
      List<EgressRule> allowed =
          request.allowedHosts().stream().map(EgressRule::parse).toList();
      Egress egress = settings.apply(Egress.builder(transport)).allow(allowed).start();
      return new ParentChannels(ingresses, Optional.of(egress));
    } catch (IOException | RuntimeException e) {
      ingresses.values().forEach(Ingress::close);
      throw e;
    }
  }

  /** Where each exposed port is reached. */
  public Map<Integer, InetSocketAddress> endpoints() {
    Map<Integer, InetSocketAddress> endpoints = new TreeMap<>();
    ingresses.forEach((port, ingress) -> endpoints.put(port, ingress.address()));
    return endpoints;
  }

  /** Listens no more and resets all connections. */
  @Override
  public void close() throws IOException {
    ingresses.values().forEach(Ingress::close);
    try {
      egress.ifPresent(Egress::close);
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
