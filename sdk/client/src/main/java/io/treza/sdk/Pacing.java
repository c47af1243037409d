package io.treza.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How time and chance go for whoever waits: the system's way, or a test's. */
interface Pacing {
  /** The JVM's clocks, real sleep and real chance. */
  Pacing SYSTEM = new Pacing() {
    @Override
    public Duration elapsed() {
      return Duration.ofNanos(System.nanoTime());
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      TimeUnit.NANOSECONDS.sleep(nanos(duration));
    }
  };

  /** Time since some fixed moment; wall clocks may jump, this one does not. */
  Duration elapsed();

  /** Returns after this time. */
  void sleep(Duration duration) throws InterruptedException;

  /** Returns after this time, or as soon as the signal is given. */
  default void sleep(Duration duration, CountDownLatch signal) throws InterruptedException {
    boolean unused = signal.await(nanos(duration), TimeUnit.NANOSECONDS);
  }

  /** A random time from zero to this. */
  default Duration upTo(Duration longest) {
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos(longest) + 1));
  }

  /** What the wall clock shows. */
  default Instant now() {
    return Instant.now();
  }

  /** As nanoseconds; of longer than a century, a century. */
  static long nanos(Duration duration) {
    Duration century = Duration.ofDays(36_525);
    return (duration.compareTo(century) < 0 ? duration : century).toNanos();
  }
}
