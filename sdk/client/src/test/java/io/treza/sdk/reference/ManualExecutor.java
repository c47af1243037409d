package io.treza.sdk.reference;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Runs tasks at once, or holds them; notes what was scheduled and runs it when told. */
final class ManualExecutor extends AbstractExecutorService implements ScheduledExecutorService {
  private final Deque<Runnable> held = new ArrayDeque<>();
  final List<Task> scheduled = new ArrayList<>();
  boolean holding;
  private boolean shutdown;

  /** A task that was scheduled, after how long. */
  static final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    final Duration delay;

    Task(Runnable task, Duration delay) {
      super(task, new Object());
      this.delay = delay;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(delay);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  @Override
  public void execute(Runnable task) {
    if (shutdown) {
      throw new RejectedExecutionException("shut down");
    }
    if (holding) {
      held.add(task);
    } else {
      task.run();
    }
  }

  void runHeld() {
    while (!held.isEmpty()) {
      held.remove().run();
    }
  }

  /** What is to come next: the one task that was not cancelled or run. */
  Task next() {
    List<Task> left = scheduled.stream().filter(t -> !t.isDone()).toList();
    if (left.size() != 1) {
      throw new AssertionError(left.size() + " tasks are scheduled");
    }
    return left.get(0);
  }

  boolean nothingScheduled() {
    return scheduled.stream().allMatch(Task::isDone);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    if (shutdown) {
      throw new RejectedExecutionException("shut down");
    }
    Task task = new Task(command, Duration.of(delay, unit.toChronoUnit()));
    scheduled.add(task);
    return task;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutdown;
  }
}
