package io.treza.platform.internal;

import io.treza.platform.LaunchRequest;
import io.treza.platform.StandIn;
import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.internal.channel.StandInProxy;
import io.treza.testkit.SimulatedNsm;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a simulated enclave has while it runs: the agent, and channels that lead to and from a program
 * on this machine in its workload's place.
 */
final class SimulatedWorkload implements Closeable {
  private final Deque<Closeable> open = new ArrayDeque<>();
  private final SimulatedAgent agent;
  private final ParentChannels parent;
  private final StandIn standIn;

  /** The exposed ports are this machine's; what is to reach out arrives at a socket of its own. */
  private record Transport(EnclaveTransport in, EnclaveTransport out) implements EnclaveTransport {
    @Override
    public Route route(long port) {
      return in.route(port);
    }

    @Override
    public SocketChannel connect(long port, Duration limit) throws IOException {
      return in.connect(port, limit);
    }

    @Override
    public ServerSocketChannel listen(long port) throws IOException {
      return out.listen(port);
    }
  }

  /**
   * Starts it.
   *
   * @param image what the image allows its workload to reach
   * @param settings of the way out
   * @throws IOException if it cannot listen; then nothing is left open
   */
  SimulatedWorkload(
      SimulatedNsm nsm,
      LaunchRequest request,
      List<String> image,
      UnaryOperator<Egress.Builder> settings)
      throws IOException {
    try {
      SocketDirectory sockets =
          SocketDirectory.create(Path.of(System.getProperty("java.io.tmpdir")));
      open.push(sockets::close);
      Path socket = sockets.path().resolve("agent");
      agent = kept(SimulatedAgent.start(nsm, socket));
      Transport transport =
          new Transport(EnclaveTransport.loopback(), EnclaveTransport.unixSocket(sockets.vsock()));
      parent = kept(ParentChannels.open(transport, request, settings));
      Optional<InetSocketAddress> proxy = Optional.empty();
      if (!image.isEmpty()) {
        List<EgressRule> rules = image.stream().map(EgressRule::parse).toList();
        Path out = Path.of(sockets.vsock() + "_" + Egress.PORT);
        proxy = Optional.of(kept(StandInProxy.start(rules, out)).address());
      }
      standIn = new StandIn(socket, proxy);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private <T extends Closeable> T kept(T opened) {
    open.push(opened);
    return opened;
  }

  String moduleId() {
    return agent.moduleId();
  }

  /** A document with the nonce and what the program has registered. */
  byte[] evidence(byte[] nonce) {
    return agent.attest(Optional.of(nonce));
  }

  Map<Integer, InetSocketAddress> endpoints() {
    return parent.endpoints();
  }

  StandIn standIn() {
    return standIn;
  }

  /** Closes all of it, the last first, even if one fails. */
  @Override
  public void close() throws IOException {
    try {
      if (!open.isEmpty()) {
        open.pop().close();
      }
    } finally {
      if (!open.isEmpty()) {
        close();
      }
    }
  }
}
