package io.treza.platform.internal.channel;

import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport.Route;
import io.treza.platform.internal.channel.EgressRequest.Malformed;
import io.treza.platform.internal.channel.EgressRequest.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection from the enclave until it is joined to its destination, or refused: reads the
 * request, asks whether it is allowed, finds the address, connects, answers.
 */
public final class EgressConnection implements EventLoop.Handler, Resolver.Waiter {
  private static final Logger LOG = LoggerFactory.getLogger(EgressConnection.class);

  /**
   * What all connections of an egress have in common.
   *
   * @param connect how long the enclave may take to ask, and then how long until it is connected
   * @param idle how long there may be silence
   */
  public record Settings(Destinations destinations, Duration connect, Duration idle) {}

  private final EventLoop loop;
  private final Resolver resolver;
  private final Settings settings;
  private final BooleanSupplier tooMany;
  private final Runnable ended;
  private final SocketChannel enclave;
  private final SelectionKey key;
  private final ByteBuffer received = ByteBuffer.allocate(EgressRequest.LONGEST);
  private EventLoop.Timer timer;
  private Optional<EgressRule> asked = Optional.empty();
  private long deadline;

  private EgressConnection(
      EventLoop loop,
      Resolver resolver,
      Settings settings,
      BooleanSupplier tooMany,
      Runnable ended,
      SocketChannel enclave)
      throws IOException {
    this.loop = loop;
    this.resolver = resolver;
    this.settings = settings;
    this.tooMany = tooMany;
    this.ended = ended;
    this.enclave = enclave;
    this.key = loop.register(enclave, SelectionKey.OP_READ, this);
    this.timer = loop.after(settings.connect(), this::drop);
  }

  /**
   * Serves a connection of the enclave.
   *
   * @param tooMany whether there are more than may be
   * @param ended told once, when all that belongs to it is closed
   */
  public static void begin(
      EventLoop loop,
      Resolver resolver,
      Settings settings,
      BooleanSupplier tooMany,
      Runnable ended,
      SocketChannel enclave) {
    try {
      new EgressConnection(loop, resolver, settings, tooMany, ended, enclave);
    } catch (IOException e) {
      LOG.debug("a connection of the enclave was gone at once", e);
      Channels.abort(enclave);
      ended.run();
    }
  }

  @Override
  public void ready(SelectionKey selected) throws IOException {
    if (enclave.read(received) < 0) {
      drop();
      return;
    }
    received.flip();
    try {
      asked = EgressRequest.take(received);
    } catch (Malformed e) {
      refuse(Status.MALFORMED);
      return;
    }
    if (asked.isPresent()) {
      key.interestOps(0);
      timer.cancel();
      deadline = loop.now() + settings.connect().toNanos();
      timer = loop.after(settings.connect(), () -> refuse(Status.UNREACHABLE));
      seek(asked.get());
    } else {
      received.compact();
    }
  }

  @Override
  public void failed(Exception e) {
    drop();
  }

  private void seek(EgressRule destination) {
    Destinations destinations = settings.destinations();
    if (!destinations.allows(destination)) {
      refuse(Status.NOT_ALLOWED);
    } else if (tooMany.getAsBoolean()) {
      refuse(Status.TOO_MANY);
    } else {
      destinations
          .known(destination)
          .ifPresentOrElse(
              address -> connect(List.of(address)), () -> resolver.ask(destination.host(), this));
    }
  }

  @Override
  public void found(List<InetAddress> addresses) {
    List<InetSocketAddress> reachable =
        settings.destinations().reachable(addresses, asked.orElseThrow().port());
    if (reachable.isEmpty()) {
      refuse(Status.NOT_ALLOWED);
    } else {
      connect(reachable);
    }
  }

  @Override
  public void notFound() {
    refuse(Status.NAME_NOT_FOUND);
  }

  @Override
  public void tooBusy() {
    refuse(Status.TOO_MANY);
  }

  private void connect(List<? extends SocketAddress> addresses) {
    timer.cancel();
    Duration left = Duration.ofNanos(deadline - loop.now());
    List<Route> routes =
        addresses.stream().map(address -> new Route(address, Optional.empty())).toList();
    Dial.begin(loop, routes, left, new Dial.Outcome() {
      @Override
      public void connected(SelectionKey far, ByteBuffer first) {
        Tunnel.join(
            loop,
            key,
            EgressRequest.answer(Status.CONNECTED),
            far,
            Channels.rest(received),
            settings.idle(),
            ended);
      }

      @Override
      public void failed(IOException why) {
        refuse(why instanceof ConnectException ? Status.REFUSED : Status.UNREACHABLE);
      }
    });
  }

  /** Six bytes always find room in a connection that has sent nothing yet. */
  private void refuse(Status status) {
    LOG.debug("refused to connect the enclave to {}: {}", asked, status);
    try {
      enclave.write(EgressRequest.answer(status));
    } catch (IOException e) {
      LOG.debug("the enclave did not wait for the answer", e);
    }
    end();
    Channels.close(enclave);
    ended.run();
  }

  private void drop() {
    end();
    Channels.abort(enclave);
    ended.run();
  }

  private void end() {
    timer.cancel();
    asked.ifPresent(destination -> resolver.forget(destination.host(), this));
  }
}
