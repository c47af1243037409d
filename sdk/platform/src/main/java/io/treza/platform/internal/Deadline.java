package io.treza.platform.internal;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A moment on a clock that never goes back, until which several steps together may take. */
final class Deadline {
  private final LongSupplier clock;
  private final long moment;

  private Deadline(LongSupplier clock, long moment) {
    this.clock = clock;
    this.moment = moment;
  }

  /** The moment that is so far from now. */
  static Deadline in(Duration duration) {
    return in(duration, System::nanoTime);
  }

  /** The same on another clock, which counts nanoseconds. */
  static Deadline in(Duration duration, LongSupplier clock) {
    return new Deadline(clock, clock.getAsLong() + duration.toNanos());
  }

  /** How long until then; zero or negative once it has passed. */
  Duration remaining() {
    return Duration.ofNanos(moment - clock.getAsLong());
  }
}
