package io.treza.platform.channel;

import io.treza.platform.internal.channel.Acceptor;
import io.treza.platform.internal.channel.Destinations;
import io.treza.platform.internal.channel.EgressConnection;
import io.treza.platform.internal.channel.EventLoop;
import io.treza.platform.internal.channel.HostName;
import io.treza.platform.internal.channel.Resolver;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The way out of an enclave: connects it to the hosts that are listed here, and to no other.
 *
 * <p>This list is the second fence; the first is measured into the image and enforced inside. A
 * parent that lies can lead a name wherever it likes: what protects the data is TLS that ends in the
 * enclave. What this protects is the parent: a name that resolves to the parent itself, its link, the
 * instance's metadata service or a private network is refused, unless a rule names that address, or
 * {@link Builder#resolve} or {@link Builder#allowPrivateAddresses} says so.
 *
 * <p>One thread serves all connections; names are looked up by a few others. The end of one direction
 * is passed on, the other goes on; what one side does not take stops the other, at most 64 KiB a
 * direction are kept.
 */
public final class Egress implements Closeable {
  /** The port of its host that an enclave made by this project connects to, in QEMU or Firecracker. */
  public static final int PORT = 9002;

  /** How many beyond the limit are told so; more are reset without a word. */
  private static final int SPARE = 16;

  private final EventLoop loop;
  private final Resolver resolver;
  private final SocketAddress address;
  private final Acceptor acceptor;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Egress(Builder builder) throws IOException {
    EgressConnection.Settings settings = new EgressConnection.Settings(
        new Destinations(builder.rules, builder.fixed, builder.privateAddresses),
        builder.connectTimeout,
        builder.idleTimeout);
    loop = new EventLoop("treza-egress");
    resolver = new Resolver(loop, builder.names);
    int most = builder.maxConnections;
    try {
      ServerSocketChannel server = builder.transport.listen(PORT);
      try {
        address = server.getLocalAddress();
        acceptor = new Acceptor(
            loop,
            server,
            most + SPARE,
            enclave -> EgressConnection.begin(
                loop, resolver, settings, () -> openConnections() > most, this::ended, enclave));
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

  /** Starts with how the enclave reaches its parent; it may connect to nothing yet. */
  public static Builder builder(EnclaveTransport transport) {
    return new Builder(transport);
  }

  /** How many connections of the enclave are open now. */
  public int openConnections() {
    return acceptor.open();
  }

  /** Listens no more and resets all connections; returns when no descriptor is left. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return; // by now the file may be another's
    }
    loop.close();
    resolver.close();
    if (address instanceof UnixDomainSocketAddress unix) {
      try {
        Files.deleteIfExists(unix.getPath());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Collects the settings; all have defaults. */
  public static final class Builder {
    private final EnclaveTransport transport;
    private final List<EgressRule> rules = new ArrayList<>();
    private final Map<EgressRule, InetSocketAddress> fixed = new HashMap<>();
    private Resolver.Names names = InetAddress::getAllByName;
    private boolean privateAddresses;
    private int maxConnections = 4096;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration idleTimeout = Duration.ofMinutes(10);

    private Builder(EnclaveTransport transport) {
      this.transport = transport;
    }

    /** Lets the enclave reach these, besides those said before. */
    public Builder allow(EgressRule... more) {
      rules.addAll(List.of(more));
      return this;
    }

    /** Lets the enclave reach these, besides those said before. */
    public Builder allow(List<EgressRule> more) {
      rules.addAll(more);
      return this;
    }

    /**
     * Says where a host and port are, instead of DNS; any address will do, also one of this machine.
     * That the enclave may reach them is for {@link #allow} to say.
     *
     * @param hostAndPort for example {@code api.example.com:443}; no {@code *}
     * @param where with an address, not only a name
     */
    public Builder resolve(String hostAndPort, InetSocketAddress where) {
      EgressRule name = EgressRule.parse(hostAndPort);
      if (!HostName.isName(name.host()) && !HostName.isAddress(name.host())) {
        throw new IllegalArgumentException("'" + hostAndPort + "' is no single host");
      }
      if (where.isUnresolved()) {
        throw new IllegalArgumentException(
            where.getHostString() + " has no address; give one that needs no lookup");
      }
      fixed.put(name, where);
      return this;
    }

    /**
     * Lets names mean addresses of private networks (10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7),
     * as an endpoint of a cloud service within one's own network has. Still refused: this machine, its
     * link, metadata services.
     */
    public Builder allowPrivateAddresses() {
      this.privateAddresses = true;
      return this;
    }

    /** Looks names up; the system does unless said. For tests, which have no network. */
    Builder names(Resolver.Names lookup) {
      this.names = lookup;
      return this;
    }

    /** How many may be open at a time, each two file descriptors; 4096 unless said. */
    public Builder maxConnections(int most) {
      this.maxConnections = Settings.positive("maxConnections", most);
      return this;
    }

    /**
     * How long the enclave may take to ask, and then how long until it is connected, the lookup of
     * the name included; 10 seconds unless said.
     */
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
     * Waits for the enclave.
     *
     * @throws IOException if another listens there already
     */
    public Egress start() throws IOException {
      Egress egress = new Egress(this);
      egress.loop.start();
      return egress;
    }
  }
}
