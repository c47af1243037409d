package io.treza.platform.internal.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.platform.channel.EnclaveTransport.Route;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection in the making: tries the routes in turn and says what the first that answers gives.
 *
 * <p>The time is shared out among the routes that are left, so that an address that swallows all
 * packets leaves some for the others.
 */
final class Dial implements EventLoop.Handler {
  /** How soon a Unix socket is tried again whose queue of waiting connections is full. */
  private static final Duration RETRY = Duration.ofMillis(10);

  /** What becomes of it; one of the two is called, once. */
  interface Outcome {
    /**
     * It stands.
     *
     * @param key nothing is of interest; its handler is still to be attached
     * @param first what the other side has sent already
     */
    void connected(SelectionKey key, ByteBuffer first);

    /** No route leads there; the last one's failure. */
    void failed(IOException why);
  }

  private final EventLoop loop;
  private final Outcome outcome;
  private final Iterator<Route> routes;
  private final long deadline;
  private final ByteBuffer answer = ByteBuffer.allocate(VsockUds.LONGEST_ANSWER);
  private int left;
  private Route route;
  private @Nullable SocketChannel channel;
  private EventLoop.@Nullable Timer timer;

  private Dial(EventLoop loop, List<Route> routes, Duration limit, Outcome outcome) {
    this.loop = loop;
    this.outcome = outcome;
    this.routes = routes.iterator();
    this.left = routes.size();
    this.deadline = loop.now() + limit.toNanos();
    this.route = this.routes.next();
  }

  /** Begins; at least one route. */
  static void begin(EventLoop loop, List<Route> routes, Duration limit, Outcome outcome) {
    new Dial(loop, routes, limit, outcome).attempt();
  }

  private void attempt() {
    Duration share = Duration.ofNanos((deadline - loop.now()) / left);
    timer = loop.after(share, () -> failed(new SocketTimeoutException("no answer in time")));
    open();
  }

  private void open() {
    try {
      SocketChannel made = route.address() instanceof UnixDomainSocketAddress
          ? SocketChannel.open(StandardProtocolFamily.UNIX)
          : SocketChannel.open();
      channel = made;
      SelectionKey key = loop.register(made, 0, this);
      Channels.sendAtOnce(made);
      if (made.connect(route.address())) {
        greet(key, made);
      } else {
        key.interestOps(SelectionKey.OP_CONNECT);
      }
    } catch (IOException | RuntimeException e) {
      if (channel != null && isQueueFull(e)) {
        retryLater(channel);
      } else {
        failed(e);
      }
    }
  }

  /**
   * A Unix socket whose queue is full refuses at once (connect(2), EAGAIN), which Java tells by no
   * type of its own; that nobody listens is a {@code ConnectException}.
   */
  private boolean isQueueFull(Exception e) {
    return e.getClass() == SocketException.class
        && route.address() instanceof UnixDomainSocketAddress unix
        && Files.exists(unix.getPath());
  }

  private void retryLater(SocketChannel refused) {
    Channels.close(refused);
    loop.after(RETRY, () -> {
      if (channel == refused) {
        open();
      }
    });
  }

  @Override
  public void ready(SelectionKey key) throws IOException {
    SocketChannel connection = (SocketChannel) key.channel();
    if (key.isConnectable()) {
      connection.finishConnect();
      greet(key, connection);
    } else {
      readAnswer(key, connection);
    }
  }

  private void greet(SelectionKey key, SocketChannel connection) throws IOException {
    if (route.request().isEmpty()) {
      succeed(key, Channels.NOTHING);
      return;
    }
    // A new connection takes a line whole.
    connection.write(US_ASCII.encode(route.request().get() + "\n"));
    key.interestOps(SelectionKey.OP_READ);
  }

  private void readAnswer(SelectionKey key, SocketChannel connection) throws IOException {
    if (connection.read(answer) < 0) {
      throw new ConnectException("nothing listens there");
    }
    String text = US_ASCII.decode(answer.duplicate().flip()).toString();
    int end = text.indexOf('\n');
    if (end >= 0 && VsockUds.grants(text.substring(0, end))) {
      succeed(key, answer.flip().position(end + 1));
    } else if (end >= 0 || !answer.hasRemaining()) {
      throw new ConnectException("expected OK and a port, found another answer");
    }
  }

  private void succeed(SelectionKey key, ByteBuffer first) {
    stop();
    key.interestOps(0);
    outcome.connected(key, first);
  }

  /** Gives this route up and goes on with the next. */
  @Override
  public void failed(Exception e) {
    stop();
    if (channel != null) {
      Channels.abort(channel);
      channel = null;
    }
    if (routes.hasNext()) {
      route = routes.next();
      left--;
      answer.clear();
      attempt();
    } else {
      outcome.failed(e instanceof IOException io ? io : new IOException(e));
    }
  }

  private void stop() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
