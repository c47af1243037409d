package io.treza.platform.internal;

import io.treza.platform.Limits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A token bucket for each key, kept as the one number of the generic cell rate algorithm (ITU-T
 * I.371, annex A): the time at which the bucket will be full again.
 */
final class RateLimiter {
  private static final int MANY = 10_000;

  private final ConcurrentMap<String, Long> fullAt = new ConcurrentHashMap<>();
  private final InstantSource clock;
  private final long tokenMicros;
  private final long bucketMicros;

  RateLimiter(Limits limits, InstantSource clock) {
    this.clock = clock;
    this.tokenMicros = Math.max(1, 1_000_000L / limits.requestsPerSecond());
    this.bucketMicros = tokenMicros * limits.burst();
  }

  /** Takes a token of this key's; if there is none, says how long to wait for one. */
  Optional<Duration> take(String key) {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    if (fullAt.size() > MANY) {
      fullAt.values().removeIf(full -> full <= now);
    }
    long[] wait = new long[1];
    fullAt.compute(key, (name, full) -> {
      // Never later than an empty bucket takes to fill, even if the clock was set back.
      long before = full == null ? now : Math.min(Math.max(full, now), now + bucketMicros);
      long after = before + tokenMicros;
      wait[0] = after - now - bucketMicros;
      return wait[0] > 0 ? before : after;
    });
    return wait[0] > 0 ? Optional.of(Duration.of(wait[0], ChronoUnit.MICROS)) : Optional.empty();
  }
}
