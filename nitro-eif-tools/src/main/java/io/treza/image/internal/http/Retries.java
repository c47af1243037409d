package io.treza.image.internal.http;

import io.treza.image.ImageException;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Which failed reads are tried again, and after how long: the wait doubles, unless the server says
 * how long (RFC 9110, section 10.2.3, "Retry-After").
 */
public record Retries(Clock clock, Sleeper sleeper) {
  /** How often a request is sent before its failure counts. */
  public static final int ATTEMPTS = 4;

  private static final Set<Integer> STATUSES = Set.of(408, 429, 500, 502, 503, 504);
  private static final Duration FIRST = Duration.ofMillis(500);
  // What a server may ask for; a build that hangs for longer had better fail.
  private static final Duration LONGEST = Duration.ofMinutes(2);

  /** How to wait. */
  public interface Sleeper {
    /** Waits. */
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Waits as the clock goes. */
  public static Retries standard() {
    return new Retries(Clock.systemUTC(), duration -> Thread.sleep(duration.toMillis()));
  }

  /** Whether the same request may have another answer later. */
  static boolean mayPass(int status) {
    return STATUSES.contains(status);
  }

  /** Whether the same request may get an answer later. */
  static boolean mayPass(IOException failure) {
    // A verdict on what came, or on the server's certificate, stays.
    return !(failure instanceof ImageException
        || failure instanceof SSLHandshakeException
        || failure instanceof SSLPeerUnverifiedException);
  }

  /**
   * Waits before another attempt.
   *
   * @param failed attempts so far
   * @param retryAfter the header's value, if the server sent one
   */
  public void pause(int failed, Optional<String> retryAfter) throws IOException {
    Duration wait = retryAfter.flatMap(this::parse).orElse(FIRST.multipliedBy(1L << (failed - 1)));
    if (wait.compareTo(LONGEST) > 0) {
      throw new ImageException(
          "the server asks to wait " + wait.toSeconds() + " s; try again after that");
    }
    try {
      sleeper.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted", e);
    }
  }

  private Optional<Duration> parse(String retryAfter) {
    if (retryAfter.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(retryAfter)));
    }
    try {
      ZonedDateTime until = ZonedDateTime.parse(
          retryAfter, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT));
      Duration wait = Duration.between(clock.instant(), until);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
