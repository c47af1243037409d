package io.treza.sdk;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How to wait: {@code Wait.atMost(Duration.ofMinutes(15)).telling(System.out::println)}.
 *
 * @param timeout how long at most
 * @param pollInterval how long to pause between two looks; the client's own if empty
 * @param listener hears of each look that did not end the waiting, on the waiting thread
 */
public record Wait(Duration timeout, Optional<Duration> pollInterval, Consumer<Progress> listener) {

  /**
   * All parts as given.
   *
   * @throws IllegalArgumentException if the interval is not positive
   */
  public Wait {
    pollInterval.ifPresent(interval -> TrezaClientBuilder.positive("pollInterval", interval));
  }

  /** Waits no longer than this; {@code Duration.ofSeconds(Long.MAX_VALUE)} is for ever. */
  public static Wait atMost(Duration timeout) {
    return new Wait(timeout, Optional.empty(), progress -> {});
  }

  /** Looks this often. */
  public Wait every(Duration interval) {
    return new Wait(timeout, Optional.of(interval), listener);
  }

  /** Tells of each look. */
  public Wait telling(Consumer<Progress> to) {
    return new Wait(timeout, pollInterval, to);
  }

  /**
   * What a look found.
   *
   * @param elapsed how long it has been waited
   * @param left how long there is
   * @param status where the platform says the enclave is, if it could be asked
   * @param why what is missing, for people
   */
  public record Progress(
      Duration elapsed, Duration left, Optional<EnclaveStatus> status, String why) {
    /** For example {@code PT20S: its status is DEPLOYING}. */
    @Override
    public String toString() {
      return elapsed + ": " + why;
    }
  }
}
