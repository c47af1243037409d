package io.treza.platform.internal.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport.Route;
import io.treza.platform.internal.channel.ConnectRequest.Refusal;
import io.treza.platform.internal.channel.EgressRequest.Status;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One connection to the {@link StandInProxy}, until it is joined to its destination or refused:
 * reads the {@code CONNECT}, looks at the image's list, asks the parent, answers.
 */
final class StandInConnection implements EventLoop.Handler {
  /** Longer than the parent takes, so that it is the parent's answer that is passed on. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMinutes(10);

  private final EventLoop loop;
  private final Way way;
  private final Runnable ended;
  private final SocketChannel client;
  private final SelectionKey key;
  private final ByteBuffer received = ByteBuffer.allocate(ConnectRequest.LONGEST);
  private final EventLoop.Timer timer;
  private Optional<SocketChannel> parent = Optional.empty();
  private boolean over;

  /**
   * What all connections have in common.
   *
   * @param image what the image allows
   * @param parent where the parent's way out waits
   */
  record Way(List<EgressRule> image, SocketAddress parent) {}

  private StandInConnection(EventLoop loop, Way way, Runnable ended, SocketChannel client)
      throws IOException {
    this.loop = loop;
    this.way = way;
    this.ended = ended;
    this.client = client;
    this.key = loop.register(client, SelectionKey.OP_READ, this);
    this.timer =
        loop.after(PATIENCE, () -> refuse(new Refusal(504, "the parent instance took too long")));
  }

  /**
   * Serves a connection.
   *
   * @param ended told once, when all that belongs to it is closed
   */
  static void begin(EventLoop loop, Way way, Runnable ended, SocketChannel client) {
    try {
      new StandInConnection(loop, way, ended, client);
    } catch (IOException e) {
      Channels.abort(client);
      ended.run();
    }
  }

  @Override
  public void ready(SelectionKey selected) throws IOException {
    if (client.read(received) < 0) {
      drop();
      return;
    }
    received.flip();
    try {
      Optional<EgressRule> asked = ConnectRequest.take(received);
      if (asked.isPresent()) {
        key.interestOps(0);
        seek(asked.get());
      } else {
        received.compact();
      }
    } catch (Refusal e) {
      refuse(e);
    }
  }

  @Override
  public void failed(Exception e) {
    drop();
  }

  private void seek(EgressRule asked) throws Refusal {
    if (way.image().stream().noneMatch(rule -> rule.allows(asked.host(), asked.port()))) {
      throw new Refusal(403, asked + ": not in this image's list");
    }
    Dial.begin(
        loop, List.of(new Route(way.parent(), Optional.empty())), PATIENCE, new Dial.Outcome() {
          @Override
          public void connected(SelectionKey far, ByteBuffer first) {
            ask(far, asked);
          }

          @Override
          public void failed(IOException why) {
            refuse(new Refusal(502, asked + ": the parent instance offers no egress"));
          }
        });
  }

  private void ask(SelectionKey far, EgressRule asked) {
    SocketChannel there = (SocketChannel) far.channel();
    parent = Optional.of(there);
    if (over) {
      Channels.close(there);
      return;
    }
    ByteBuffer answer = ByteBuffer.allocate(EgressRequest.ANSWER);
    far.attach(new EventLoop.Handler() {
      @Override
      public void ready(SelectionKey selected) throws IOException {
        if (there.read(answer) < 0) {
          refuse(new Refusal(502, asked + ": the parent instance gave no valid answer"));
        } else if (!answer.hasRemaining()) {
          answered(far, asked, EgressRequest.status(answer.flip()));
        }
      }

      @Override
      public void failed(Exception e) {
        refuse(new Refusal(502, asked + ": the parent instance gave no valid answer"));
      }
    });
    try {
      there.write(EgressRequest.of(asked)); // which a new connection has room for
      far.interestOps(SelectionKey.OP_READ);
    } catch (IOException e) {
      refuse(new Refusal(502, asked + ": the parent instance gave no valid answer"));
    }
  }

  private void answered(SelectionKey far, EgressRule asked, Optional<Status> status) {
    if (status.isEmpty()) {
      refuse(new Refusal(502, asked + ": the parent instance gave no valid answer"));
      return;
    } else if (status.get() != Status.CONNECTED) {
      refuse(refusal(asked, status.get()));
      return;
    }
    timer.cancel();
    over = true;
    Tunnel.join(
        loop,
        key,
        US_ASCII.encode("HTTP/1.1 200 Connection established\r\n\r\n"),
        far,
        Channels.rest(received),
        IDLE,
        ended);
  }

  private static Refusal refusal(EgressRule asked, Status status) {
    return switch (status) {
      case NOT_ALLOWED -> new Refusal(403, asked + ": refused by the parent instance");
      case NAME_NOT_FOUND ->
        new Refusal(502, asked + ": the parent instance did not find the name");
      case REFUSED -> new Refusal(502, asked + ": refused the connection");
      case UNREACHABLE -> new Refusal(504, asked + ": the parent instance did not reach it");
      case TOO_MANY -> new Refusal(503, asked + ": the parent instance has too many connections");
      case MALFORMED, CONNECTED ->
        new Refusal(502, asked + ": the parent instance did not take the request");
    };
  }

  /** A short text always finds room in a connection that has sent nothing yet. */
  private void refuse(Refusal refusal) {
    try {
      client.write(refusal.answer());
    } catch (IOException e) {
      drop();
      return;
    }
    end();
    Channels.close(client);
  }

  private void drop() {
    end();
    Channels.abort(client);
  }

  private void end() {
    if (!over) {
      over = true;
      timer.cancel();
      parent.ifPresent(Channels::close);
      ended.run();
    }
  }
}
