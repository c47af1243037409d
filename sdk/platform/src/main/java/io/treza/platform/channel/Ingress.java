package io.treza.platform.channel;

import io.treza.platform.internal.channel.Acceptor;
import io.treza.platform.internal.channel.EventLoop;
import io.treza.platform.internal.channel.IngressConnection;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Optional;

/**
 * A TCP port of the parent whose connections go to one port of an enclave, byte for byte.
 *
 * <p>One thread serves all connections. Nothing is terminated here: TLS ends in the enclave, and this
 * sees who connects, when and how much, but no plaintext. A client whose connection the enclave does
 * not take, or that is one too many, is reset. The end of one direction is passed on, the other goes
 * on; what one side does not take stops the other, at most 64 KiB a direction are kept.
 */
public final class Ingress implements Closeable {
  /** How many clients the kernel keeps until they are accepted; it may lower that. */
  private static final int BACKLOG = 1024;

  private final EventLoop loop;
  private final InetSocketAddress address;
  private final Acceptor acceptor;

  private Ingress(Builder builder) throws IOException {
    IngressConnection.Settings settings = new IngressConnection.Settings(
        builder.transport.route(builder.enclavePort),
        builder.connectTimeout,
        builder.idleTimeout,
        builder.proxyProtocol);
    loop = new EventLoop("treza-ingress-" + builder.enclavePort);
    try {
      ServerSocketChannel server = ServerSocketChannel.open();
      try {
        server.bind(
            builder.listen.orElse(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            BACKLOG);
        address = (InetSocketAddress) server.getLocalAddress();
        acceptor = new Acceptor(
            loop,
            server,
            builder.maxConnections,
            client -> IngressConnection.begin(loop, client, settings, this::ended));
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      loop.close();
      throw e;
    }
  }

  private void ended() {
    acceptor.ended();
  }

  /**
   * Starts with how the enclave is reached and which of its ports the connections go to.
   *
   * @param enclavePort 1 to 65535
   */
  public static Builder builder(EnclaveTransport transport, int enclavePort) {
    return new Builder(transport, enclavePort);
  }

  /** Where it listens, with the port that was free if 0 was asked for. */
  public InetSocketAddress address() {
    return address;
  }

  /** How many clients are connected, or being connected, now. */
  public int openConnections() {
    return acceptor.open();
  }

  /** Listens no more and resets all connections; returns when no descriptor is left. */
  @Override
  public void close() {
    loop.close();
  }

  /** Collects the settings; all have defaults. */
  public static final class Builder {
    private final EnclaveTransport transport;
    private final int enclavePort;
    private Optional<InetSocketAddress> listen = Optional.empty();
    private int maxConnections = 4096;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration idleTimeout = Duration.ofMinutes(10);
    private boolean proxyProtocol;

    private Builder(EnclaveTransport transport, int enclavePort) {
      if (enclavePort < 1 || enclavePort > 65535) {
        throw new IllegalArgumentException(
            "an enclave's exposed port is 1 to 65535, not " + enclavePort);
      }
      this.transport = transport;
      this.enclavePort = enclavePort;
    }

    /** Where clients connect; a free port of the loopback address unless said. */
    public Builder listen(InetSocketAddress where) {
      this.listen = Optional.of(where);
      return this;
    }

    /** How many may be open at a time, each two file descriptors; 4096 unless said. */
    public Builder maxConnections(int most) {
      this.maxConnections = Settings.positive("maxConnections", most);
      return this;
    }

    /** How long the enclave may take to accept a connection; 10 seconds unless said. */
    public Builder connectTimeout(Duration limit) {
      this.connectTimeout = Settings.positive("connectTimeout", limit);
      return this;
    }

    /**
     * How long a connection may pass no byte in either direction before it is reset, also one that
     * has ended in one direction; 10 minutes unless said.
     */
    public Builder idleTimeout(Duration limit) {
      this.idleTimeout = Settings.positive("idleTimeout", limit);
      return this;
    }

    /**
     * Begins each connection to the enclave with a header of the PROXY protocol, version 2, that
     * names the client's address. To the enclave that is the parent's claim, no more: whoever holds
     * the parent names any address he likes. Only for a workload that expects the header.
     */
    public Builder proxyProtocol() {
      this.proxyProtocol = true;
      return this;
    }

    /**
     * Listens.
     *
     * @throws IOException if the address cannot be bound
     */
    public Ingress start() throws IOException {
      Ingress ingress = new Ingress(this);
      ingress.loop.start();
      return ingress;
    }
  }
}
