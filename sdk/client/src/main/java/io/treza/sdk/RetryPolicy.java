package io.treza.sdk;

import java.time.Duration;

/**
 * How often a call that is safe to repeat is tried, and how long to pause in between: a random
 * time up to {@code firstPause}, then up to twice that, and so on up to {@code longestPause}
 * (exponential backoff with full jitter). A longer {@code Retry-After} of the server is respected.
 *
 * @param attempts how often to try in all, at least 1
 * @param firstPause the most to pause before the second attempt
 * @param longestPause the most to pause before any attempt
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
  /** Three attempts, with pauses of up to half a second and up to one second. */
  public static final RetryPolicy STANDARD =
      new RetryPolicy(3, Duration.ofMillis(500), Duration.ofSeconds(20));

  /** One attempt. */
  public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

  private static final int MAX_DOUBLINGS = 30;

  /**
   * All parts as given.
   *
   * @throws IllegalArgumentException if there is no attempt, or a pause is negative
   */
  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1, but are " + attempts);
    }
    if (firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException("0 <= firstPause <= longestPause must hold, but they are "
          + firstPause + " and " + longestPause);
    }
  }

  /** The most to pause after this many attempts, 1 or more. */
  Duration longestPauseAfter(int made) {
    Duration doubled = firstPause.multipliedBy(1L << Math.min(made - 1, MAX_DOUBLINGS));
    return doubled.compareTo(longestPause) < 0 ? doubled : longestPause;
  }
}
