package io.treza.samples.benchmark;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
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

  /**
   * What one measurement found, each for one operation.
   *
   * @param cpuNanos CPU time of the threads; what other programs take does not count
   * @param wallNanos time by the clock, all threads together
   * @param bytes memory allocated
   */
  record Reading(double cpuNanos, double wallNanos, double bytes) {}

  private record Share(long cpuNanos, long bytes, long begin, long end) {}

  /** Runs {@code operation} for 0 to {@code count - 1}, spread over {@code threads}. */
  static Reading measure(IntConsumer operation, int count, int threads)
      throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Callable<Share>> tasks = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int first = t;
        tasks.add(() -> share(operation, first, count, threads, start));
      }
      return reading(pool.invokeAll(tasks), count);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Share share(
      IntConsumer operation, int first, int count, int step, CyclicBarrier start) throws Exception {
    start.await();
    long begin = System.nanoTime();
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    for (int i = first; i < count; i += step) {
      operation.accept(i);
    }
    return new Share(
        THREADS.getCurrentThreadCpuTime() - cpu,
        THREADS.getCurrentThreadAllocatedBytes() - bytes,
        begin,
        System.nanoTime());
  }

  private static Reading reading(List<Future<Share>> shares, int count)
      throws InterruptedException, ExecutionException {
    long cpu = 0;
    long bytes = 0;
    long begin = shares.get(0).get().begin();
    long end = shares.get(0).get().end();
    for (Future<Share> future : shares) {
      Share share = future.get();
      cpu += share.cpuNanos();
      bytes += share.bytes();
      // Differences, since nanoTime may wrap.
      begin = share.begin() - begin < 0 ? share.begin() : begin;
      end = share.end() - end > 0 ? share.end() : end;
    }
    return new Reading(
        (double) cpu / count, (double) (end - begin) / count, (double) bytes / count);
  }
}
