package io.treza.platform.internal.channel;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections in, up to a limit; one more is reset at once, since a queue would only hide it. */
public final class Acceptor implements EventLoop.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

  /** How many it takes before others have their turn. */
  private static final int TURN = 64;

  /** How long it waits for descriptors when the process has none left. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final EventLoop loop;
  private final SelectionKey key;
  private final int most;
  private final Consumer<SocketChannel> guests;
  private final AtomicInteger open = new AtomicInteger();

  /**
   * Begins when the loop does.
   *
   * @param most how many may be open at a time
   * @param guests gets each; {@link #ended} is called when it has closed it
   */
  public Acceptor(
      EventLoop loop, ServerSocketChannel server, int most, Consumer<SocketChannel> guests)
      throws IOException {
    this.loop = loop;
    this.most = most;
    this.guests = guests;
    this.key = loop.register(server, SelectionKey.OP_ACCEPT, this);
  }

  /** How many are open now. */
  public int open() {
    return loop.isClosed() ? 0 : open.get();
  }

  /** One is closed. */
  public void ended() {
    open.decrementAndGet();
  }

  @Override
  public void ready(SelectionKey selected) throws IOException {
    ServerSocketChannel server = (ServerSocketChannel) selected.channel();
    for (int i = 0; i < TURN; i++) {
      SocketChannel guest = server.accept();
      if (guest == null) {
        return;
      }
      if (open.get() >= most) {
        Channels.abort(guest);
      } else {
        open.incrementAndGet();
        guests.accept(guest);
      }
    }
  }

  @Override
  public void failed(Exception e) {
    LOG.warn("cannot accept a connection, trying again: {}", e.toString());
    if (key.isValid()) {
      key.interestOps(0);
      loop.after(PAUSE, () -> {
        if (key.isValid()) {
          key.interestOps(SelectionKey.OP_ACCEPT);
        }
      });
    }
  }
}
