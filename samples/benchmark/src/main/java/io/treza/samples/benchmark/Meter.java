package io.treza.samples.benchmark;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** Runs an operation many times on threads of its own and reads what they used. */
final class Meter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Meter() {}

  static {
    THREADS.setThreadContentionMonitoringEnabled(true);
  }

  /**
   * What one measurement found, each for one operation.
   *
   * @param cpuNanos CPU time of the threads; what other programs take does not count
   * @param blockedNanos time the threads waited for locks
   * @param bytes memory allocated
   */
  record Reading(double cpuNanos, double blockedNanos, double bytes) {
    /** What an operation takes of a thread that always has a processor. */
    double busyNanos() {
      return cpuNanos + blockedNanos;
    }
  }

  /** Runs {@code operation} for 0 to {@code count - 1}, spread over {@code threads}. */
  static Reading measure(IntConsumer operation, int count, int threads)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Callable<Reading>> tasks = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int first = t;
        tasks.add(() -> share(operation, first, count, threads, start));
      }
      return sum(pool.invokeAll(tasks));
    } finally {
      pool.shutdownNow();
    }
  }

  private static Reading share(
      IntConsumer operation, int first, int count, int step, CyclicBarrier start)
      throws InterruptedException, BrokenBarrierException {
    start.await();
    double blocked = blockedNanos();
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    for (int i = first; i < count; i += step) {
      operation.accept(i);
    }
    return new Reading(
        (double) (THREADS.getCurrentThreadCpuTime() - cpu) / count,
        (blockedNanos() - blocked) / count,
        (double) (THREADS.getCurrentThreadAllocatedBytes() - bytes) / count);
  }

  private static double blockedNanos() {
    return 1e6 * THREADS.getThreadInfo(Thread.currentThread().getId()).getBlockedTime();
  }

  private static Reading sum(List<Future<Reading>> shares)
      throws InterruptedException, ExecutionException {
    double cpu = 0;
    double blocked = 0;
    double bytes = 0;
    for (Future<Reading> share : shares) {
      cpu += share.get().cpuNanos();
      blocked += share.get().blockedNanos();
      bytes += share.get().bytes();
    }
    return new Reading(cpu, blocked, bytes);
  }
}
