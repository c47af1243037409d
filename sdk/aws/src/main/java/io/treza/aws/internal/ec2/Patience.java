package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Waits by looking again and again.
 *
 * @param clock nanoseconds, never going back
 * @param sleeper passes the time between two looks
 */
public record Patience(LongSupplier clock, Sleeper sleeper) {
  /** Lets time pass. */
  @FunctionalInterface
  public interface Sleeper {
    /** Returns after that long. */
    void sleep(Duration duration) throws InterruptedException;
  }

  /** One look. */
  @FunctionalInterface
  interface Look<T> {
    /** What was waited for; empty if it is not there yet. */
    Optional<T> look() throws IOException, InterruptedException;
  }

  /** On the system's clock. */
  public static Patience system() {
    return new Patience(System::nanoTime, duration -> Thread.sleep(duration.toMillis()));
  }

  /**
   * Looks until it is there.
   *
   * @param limit how long to look; there is always a first look
   * @param otherwise what to say when it never came
   */
  <T> T until(Duration limit, Duration between, Look<T> what, String otherwise)
      throws IOException, InterruptedException {
    long end = clock.getAsLong() + limit.toNanos();
    while (true) {
      Optional<T> found = what.look();
      if (found.isPresent()) {
        return found.get();
      }
      if (end - clock.getAsLong() <= 0) {
        throw new IOException("after " + limit.toSeconds() + " s: " + otherwise);
      }
      sleeper.sleep(between);
    }
  }
}
