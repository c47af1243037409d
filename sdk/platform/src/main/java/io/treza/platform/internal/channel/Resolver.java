package io.treza.platform.internal.channel;

import java.io.Closeable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up beside the loop, since that may take long: a few threads, one lookup a name however
 * many wait for it, and a queue with an end.
 */
public final class Resolver implements Closeable {
  private static final int THREADS = 8;
  private static final int QUEUE = 256;

  /** Looks one name up and waits for it; the system's is {@code InetAddress::getAllByName}. */
  @FunctionalInterface
  public interface Names {
    /** All addresses of a name. */
    InetAddress[] of(String name) throws UnknownHostException;
  }

  /** Who waits for an answer; one of the three is called, in the loop. */
  interface Waiter {
    void found(List<InetAddress> addresses);

    void notFound();

    void tooBusy();
  }

  private final EventLoop loop;
  private final Names names;
  private final ThreadPoolExecutor threads;
  private final Map<String, Set<Waiter>> waiting = new HashMap<>();

  /** Answers in a loop. */
  public Resolver(EventLoop loop, Names names) {
    this.loop = loop;
    this.names = names;
    this.threads = new ThreadPoolExecutor(
        THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), task -> {
          Thread thread = new Thread(task, "treza-resolver");
          thread.setDaemon(true);
          return thread;
        });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Asks for the addresses of a name; in the loop. */
  void ask(String name, Waiter waiter) {
    Set<Waiter> others = waiting.get(name);
    if (others != null) {
      others.add(waiter);
      return;
    }
    try {
      threads.execute(() -> lookUp(name));
    } catch (RejectedExecutionException e) {
      waiter.tooBusy();
      return;
    }
    waiting.put(name, new HashSet<>(Set.of(waiter)));
  }

  /** Waits no longer. */
  void forget(String name, Waiter waiter) {
    Set<Waiter> others = waiting.get(name);
    if (others != null) {
      others.remove(waiter);
    }
  }

  private void lookUp(String name) {
    List<InetAddress> found;
    try {
      found = List.of(names.of(name));
    } catch (UnknownHostException | RuntimeException e) {
      found = List.of();
    }
    List<InetAddress> addresses = found;
    loop.execute(() -> {
      Set<Waiter> waiters = waiting.getOrDefault(name, Set.of());
      waiting.remove(name);
      for (Waiter waiter : waiters) {
        if (addresses.isEmpty()) {
          waiter.notFound();
        } else {
          waiter.found(addresses);
        }
      }
    });
  }

  /** Asks no more; a lookup that hangs keeps its thread until the system gives up. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
