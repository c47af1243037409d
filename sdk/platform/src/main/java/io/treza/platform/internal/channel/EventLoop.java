package io.treza.platform.internal.channel;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for many channels at once, and for moments in time.
 *
 * <p>All that is registered or scheduled here runs in that thread, one after the other, and must not
 * wait; so it needs no locks. Only {@link #execute}, {@link #close} and what comes before {@link
 * #start} may come from other threads.
 */
public final class EventLoop implements Closeable {
  /** What one read takes at most, and so what one direction of one connection keeps at most. */
  public static final int READ_BYTES = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

  /** What waits for a channel. */
  public interface Handler {
    /** The channel is ready for an operation that was of interest. */
    void ready(SelectionKey key) throws IOException;

    /** {@link #ready} threw this: the connection is to be given up. */
    void failed(Exception e);
  }

  /** A task for a moment to come. */
  public final class Timer {
    private final long due;
    private final long number;
    private final Runnable task;

    private Timer(long due, Runnable task) {
      this.due = due;
      this.number = timersMade++;
      this.task = task;
    }

    /** Forgets it; nothing happens if it has run already. */
    public void cancel() {
      timers.remove(this);
    }
  }

  private final Selector selector;
  private final Thread thread;
  private final long origin = System.nanoTime();
  private final TreeSet<Timer> timers = new TreeSet<>(
      Comparator.<Timer>comparingLong(timer -> timer.due).thenComparingLong(timer -> timer.number));
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
  private long timersMade;
  private volatile boolean closed;

  /** Takes a name for the thread. */
  public EventLoop(String name) throws IOException {
    // JDK 17 takes a descriptor when it first closes a channel (FileDispatcherImpl), which is too
    // late
    // once there is none left.
    SocketChannel.open().close();
    selector = Selector.open();
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Begins to wait. */
  public void start() {
    thread.start();
  }

  /** Waits for a channel, in non-blocking mode, until that is closed. */
  public SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, operations, handler);
  }

  /** The same, with nothing of interest until a handler is attached. */
  SelectionKey park(SelectableChannel channel) throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, 0);
  }

  /** Runs a task in the loop; does nothing once it is closed. */
  public void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  /** Runs a task once so much time has passed. */
  public Timer after(Duration delay, Runnable task) {
    Timer timer = new Timer(now() + Math.max(0, delay.toNanos()), task);
    timers.add(timer);
    return timer;
  }

  /** Whether it ends, or has ended, all that is registered. */
  boolean isClosed() {
    return closed;
  }

  /** Nanoseconds since this was made. */
  public long now() {
    return System.nanoTime() - origin;
  }

  /** The buffer, empty, into which everybody reads; it is nobody's after {@link Handler#ready}. */
  ByteBuffer buffer() {
    return buffer.clear();
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(EventLoop::dispatch, millisToNextTimer());
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          guarded(task);
        }
        while (!timers.isEmpty() && timers.first().due <= now()) {
          guarded(timers.pollFirst().task);
        }
      }
    } catch (IOException e) {
      LOG.error("cannot wait for channels any more: all connections end", e);
    } finally {
      closed = true;
      release();
    }
  }

  private static void dispatch(SelectionKey key) {
    Handler handler = (Handler) key.attachment();
    try {
      if (key.isValid()) {
        handler.ready(key);
      }
    } catch (IOException | RuntimeException e) {
      if (!(e instanceof IOException)) {
        LOG.error("a connection ends by a defect of this program", e);
      }
      guarded(() -> handler.failed(e));
    }
  }

  /** A defect in one connection's task must not end all others. */
  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("a task failed by a defect of this program", e);
    }
  }

  /** 0 waits for ever. */
  private long millisToNextTimer() {
    return timers.isEmpty() ? 0 : Math.max(1, (timers.first().due - now()) / 1_000_000 + 1);
  }

  private void release() {
    for (SelectionKey key : selector.keys()) {
      Channels.abort(key.channel());
    }
    try {
      selector.close();
    } catch (IOException e) {
      LOG.warn("the channels of a closed loop may stay open", e);
    }
  }

  /** Closes all channels, connections by a reset, and waits until that is done. */
  @Override
  public void close() {
    closed = true;
    if (thread.getState() == Thread.State.NEW) {
      release();
      return;
    }
    selector.wakeup();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
