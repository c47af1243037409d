package io.treza.platform.internal.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Two connections whose bytes are passed on to each other, in both directions.
 *
 * <p>What one side does not take at once is kept, and the other is not read until it is gone: so at
 * most {@link EventLoop#READ_BYTES} a direction, and nothing while both keep up. The end of one
 * direction is passed on when all before it is, and the other goes on; a failure of one side resets
 * the other.
 */
final class Tunnel {
  private final EventLoop loop;
  private final Duration idle;
  private final Runnable ended;
  private final Side near;
  private final Side far;
  private EventLoop.Timer watch;
  private long lastBytes;
  private boolean open = true;

  /** One of the two connections. */
  private final class Side implements EventLoop.Handler {
    final SelectionKey key;
    final SocketChannel channel;
    /** What it is still to be sent. */
    ByteBuffer pending;
    /** Whether it sends nothing more. */
    boolean finished;

    Side(SelectionKey key, ByteBuffer pending) {
      this.key = key;
      this.channel = (SocketChannel) key.channel();
      this.pending = pending;
      key.attach(this);
    }

    @Override
    public void ready(SelectionKey selected) throws IOException {
      Side other = this == near ? far : near;
      lastBytes = loop.now();
      if (selected.isWritable()) {
        flush(other);
      }
      if (selected.isReadable()) {
        read(other);
      }
      settle();
    }

    @Override
    public void failed(Exception e) {
      abort();
    }

    private void read(Side other) throws IOException {
      ByteBuffer bytes = loop.buffer();
      if (channel.read(bytes) < 0) {
        finished = true;
      } else {
        other.channel.write(bytes.flip());
        other.pending = Channels.rest(bytes);
      }
      if (finished && !other.pending.hasRemaining()) {
        other.channel.shutdownOutput();
      }
    }

    private void flush(Side other) throws IOException {
      channel.write(pending);
      if (!pending.hasRemaining()) {
        pending = Channels.NOTHING;
        if (other.finished) {
          channel.shutdownOutput();
        }
      }
    }

    private void want(Side other) {
      key.interestOps((finished || other.pending.hasRemaining() ? 0 : SelectionKey.OP_READ)
          | (pending.hasRemaining() ? SelectionKey.OP_WRITE : 0));
    }

    private boolean done() {
      return finished && !pending.hasRemaining();
    }
  }

  private Tunnel(
      EventLoop loop,
      SelectionKey near,
      ByteBuffer toNear,
      SelectionKey far,
      ByteBuffer toFar,
      Duration idle,
      Runnable ended) {
    this.loop = loop;
    this.idle = idle;
    this.ended = ended;
    this.near = new Side(near, toNear);
    this.far = new Side(far, toFar);
    this.lastBytes = loop.now();
    this.watch = loop.after(idle, this::lookIfIdle);
  }

  /**
   * Joins two connections until both have ended, one fails, or none has moved a byte for a while.
   *
   * @param toNear what the near one is sent first
   * @param toFar what the far one is sent first
   * @param ended told once, when both are closed
   */
  static void join(
      EventLoop loop,
      SelectionKey near,
      ByteBuffer toNear,
      SelectionKey far,
      ByteBuffer toFar,
      Duration idle,
      Runnable ended) {
    new Tunnel(loop, near, toNear, far, toFar, idle, ended).settle();
  }

  private void settle() {
    if (near.done() && far.done()) {
      close();
    } else {
      near.want(far);
      far.want(near);
    }
  }

  private void lookIfIdle() {
    long left = lastBytes + idle.toNanos() - loop.now();
    if (left > 0) {
      watch = loop.after(Duration.ofNanos(left), this::lookIfIdle);
    } else {
      abort();
    }
  }

  private void close() {
    end();
    Channels.close(near.channel);
    Channels.close(far.channel);
  }

  private void abort() {
    end();
    Channels.abort(near.channel);
    Channels.abort(far.channel);
  }

  private void end() {
    if (open) {
      open = false;
      watch.cancel();
      ended.run();
    }
  }
}
