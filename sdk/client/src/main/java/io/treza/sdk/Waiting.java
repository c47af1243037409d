package io.treza.sdk;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Tries something again, with pauses, until it is done, cannot be done, or the time is over. */
final class Waiting {
  private static final Duration LAST_LOOK = Duration.ofSeconds(1);

  private final Pacing pacing;
  private final Duration interval;

  Waiting(Pacing pacing, Duration interval) {
    this.pacing = pacing;
    this.interval = interval;
  }

  /** What one look found. */
  sealed interface Outcome<T> {}

  record Done<T>(T value) implements Outcome<T> {}

  /** Why not; with the status, if it could be had, and the failure, if it was one. */
  record NotYet<T>(Optional<EnclaveStatus> status, String why, Optional<Exception> failure)
      implements Outcome<T> {
    static <T> NotYet<T> because(EnclaveStatus status) {
      return new NotYet<>(Optional.of(status), "its status is " + status, Optional.empty());
    }

    static <T> NotYet<T> because(String what, Exception failure) {
      return new NotYet<>(
          Optional.empty(), what + ": " + failure.getMessage(), Optional.of(failure));
    }
  }

  @FunctionalInterface
  interface Look<T> {
    /** Looks once, and takes no longer than there is left. */
    Outcome<T> look(Duration left);
  }

  /**
   * Waits.
   *
   * @param what for what, to follow "waited for"
   * @param errors what to tell beside when the time is over
   */
  <T> T until(String what, Wait wait, Look<T> look, Supplier<List<LogEntry>> errors)
      throws InterruptedException {
    Duration began = pacing.elapsed();
    Duration left = wait.timeout();
    Optional<EnclaveStatus> status = Optional.empty();
    Duration since = began;
    while (true) {
      Outcome<T> outcome = tried(look, left);
      if (outcome instanceof Done<T> done) {
        return done.value();
      }
      NotYet<T> notYet = (NotYet<T>) outcome;
      Duration now = pacing.elapsed();
      if (notYet.status().isPresent() && !notYet.status().equals(status)) {
        status = notYet.status();
        since = now;
      }
      // Never began plus timeout: "for ever" would overflow.
      left = wait.timeout().minus(now.minus(began));
      if (left.isZero() || left.isNegative()) {
        throw late(
            "waited " + wait.timeout() + " for " + what, notYet, status, now.minus(since), errors);
      }
      wait.listener()
          .accept(new Wait.Progress(now.minus(began), left, notYet.status(), notYet.why()));
      pacing.sleep(Rest.shorter(pauseAfter(notYet, wait), left));
      // A pause may take all there was; the last look needs a moment all the same.
      left = longer(wait.timeout().minus(pacing.elapsed().minus(began)), LAST_LOOK);
    }
  }

  /** Looks; a failure that may pass is no end, and a status may change between two calls. */
  private static <T> Outcome<T> tried(Look<T> look, Duration left) throws InterruptedException {
    try {
      return look.look(left);
    } catch (TrezaException e) {
      if (e instanceof TrezaException.Cancelled && Thread.interrupted()) {
        throw new InterruptedException(e.getMessage());
      }
      if (!e.isTransient() && !(e instanceof TrezaException.WrongState)) {
        throw e;
      }
      return NotYet.because("the last call failed", e);
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private Duration pauseAfter(NotYet<?> notYet, Wait wait) {
    Duration pause = wait.pollInterval().orElse(interval);
    return notYet.failure().orElse(null) instanceof TrezaException e
        ? e.pauseAtLeast(pause)
        : pause;
  }

  private static TrezaException.DeadlinePassed late(
      String waited,
      NotYet<?> last,
      Optional<EnclaveStatus> status,
      Duration inIt,
      Supplier<List<LogEntry>> errors) {
    String why = last.status().isPresent() ? "" : last.why() + "; before, ";
    String where = status
        .map(word -> "its status has been " + word + " for " + inIt)
        .orElse("its status could not be had");
    List<LogEntry> told = errors.get();
    return new TrezaException.DeadlinePassed(
        waited + ", but " + why + where + Waiters.told(told), last.failure(), told);
  }
}
