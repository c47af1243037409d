package io.treza.enclave.internal;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that are interrupted when a task takes too long. One that waits for a peer in an
 * interruptible channel closes it by that, so that no peer keeps a thread.
 */
public final class LimitedThreads implements Executor, AutoCloseable {
  private final ExecutorService threads;
  private final ScheduledThreadPoolExecutor alarms;
  private final Duration limit;

  /**
   * A fixed number of them, daemons.
   *
   * @param limit for each task, from when it begins
   */
  public LimitedThreads(String name, int count, Duration limit) {
    this.threads = Executors.newFixedThreadPool(count, task -> daemon(task, name));
    this.alarms = new ScheduledThreadPoolExecutor(1, task -> daemon(task, name + "-alarm"));
    this.alarms.setRemoveOnCancelPolicy(true);
    // A task that begins while this is closed is interrupted with all others.
    this.alarms.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    this.limit = limit;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(() -> runWithin(task));
  }

  private void runWithin(Runnable task) {
    Alarm alarm = new Alarm(Thread.currentThread());
    Future<?> set = alarms.schedule(alarm, limit.toNanos(), TimeUnit.NANOSECONDS);
    try {
      task.run();
    } finally {
      alarm.end();
      set.cancel(false);
    }
  }

  /** Ends all tasks. */
  @Override
  public void close() {
    threads.shutdownNow();
    alarms.shutdownNow();
  }

  /** Interrupts its thread during one task and not the next. */
  private static final class Alarm implements Runnable {
    private final Thread thread;
    private boolean ended;

    Alarm(Thread thread) {
      this.thread = thread;
    }

    @Override
    public synchronized void run() {
      if (!ended) {
        thread.interrupt();
      }
    }

    synchronized void end() {
      ended = true;
    }
  }
}
