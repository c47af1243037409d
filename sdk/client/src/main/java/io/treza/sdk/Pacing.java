package io.treza.sdk;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How time passes for whoever waits: the system's way, or a test's. */
interface Pacing {
  /** The JVM's monotonic clock, and real sleep. */
  Pacing SYSTEM = new Pacing() {
    @Override
    public Duration elapsed() {
      return Duration.ofNanos(System.nanoTime());
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }
  };

  /** Time since some fixed moment; wall clocks may jump, this one does not. */
  Duration elapsed();

  /** Returns after this time. */
  void sleep(Duration duration) throws InterruptedException;
}
