package io.treza.enclave.internal;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** So many at once, and then so many a second (a token bucket). Thread-safe. */
public final class RateLimit {
  private final long interval;
  private final int size;
  private final LongSupplier nanoTime;
  private int tokens;
  private long counted;

  /**
   * A full one.
   *
   * @param perSecond how many a second, and at once
   * @param nanoTime as {@link System#nanoTime}, which no change of the clock moves
   */
  public RateLimit(int perSecond, LongSupplier nanoTime) {
    this.interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.size = perSecond;
    this.nanoTime = nanoTime;
    this.tokens = perSecond;
    this.counted = nanoTime.getAsLong();
  }

  /** Takes one, if there is one. */
  public synchronized boolean tryTake() {
    long earned = (nanoTime.getAsLong() - counted) / interval;
    if (earned >= size - tokens) {
      tokens = size;
      counted = nanoTime.getAsLong();
    } else {
      tokens += (int) earned;
      counted += earned * interval;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }
}
