package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Tries something again, with pauses, until it is done, cannot be done, or the time is over. */
final class Waiting {
  private final Pacing pacing;
  private final Duration interval;

  Waiting(Pacing pacing, Duration interval) {
    this.pacing = pacing;
    this.interval = interval;
  }

  /** What one look found. */
  sealed interface Outcome<T> {}

  record Done<T>(T value) implements Outcome<T> {}

  record NotYet<T>(EnclaveStatus status) implements Outcome<T> {}

  @FunctionalInterface
  interface Look<T> {
    /** Looks once, and takes no longer than there is left. */
    Outcome<T> look(Duration left) throws AttestationRejectedException;
  }

  /** What the last look found, for the messages. */
  private record Finding(
      Optional<EnclaveStatus> status, Optional<Exception> failure, Duration pause) {
    String why() {
      return status
              .map(word -> "its status is " + word)
              .orElseGet(() -> failure.orElseThrow() instanceof AttestationRejectedException
                  ? "its evidence is not genuine"
                  : "the last call failed")
          + failure.map(e -> ": " + e.getMessage()).orElse("");
    }
  }

  /**
   * Waits.
   *
   * @param what for what, to follow "waited for"
   * @param errors what to tell beside when the time is over
   */
  <T> T until(String what, Wait wait, Look<T> look, Supplier<List<LogEntry>> errors)
      throws AttestationRejectedException, InterruptedException {
    Duration began = pacing.elapsed();
    Duration left = wait.timeout();
    Optional<EnclaveStatus> status = Optional.empty();
    Duration since = began;
    while (true) {
      Finding finding;
      try {
        Outcome<T> outcome = look.look(left);
        if (outcome instanceof Done<T> done) {
          return done.value();
        }
        finding = new Finding(
            Optional.of(((NotYet<T>) outcome).status()), Optional.empty(), interval(wait));
      } catch (AttestationRejectedException e) {
        if (e.rejection().authenticated()) {
          throw e;
        }
        // Anybody may have written it, a proxy in front of a starting workload for one.
        finding = new Finding(Optional.empty(), Optional.of(e), interval(wait));
      } catch (TrezaException e) {
        finding = new Finding(Optional.empty(), Optional.of(passing(e)), pauseAfter(e, wait));
      }
      Duration now = pacing.elapsed();
      if (finding.status().isPresent() && !finding.status().equals(status)) {
        status = finding.status();
        since = now;
      }
      // Never began plus timeout: "for ever" would overflow.
      left = wait.timeout().minus(now.minus(began));
      if (left.isZero() || left.isNegative()) {
        throw late(what, wait, finding, status, now.minus(since), errors.get());
      }
      wait.listener()
          .accept(new Wait.Progress(now.minus(began), left, finding.status(), finding.why()));
      pacing.sleep(Rest.shorter(finding.pause(), left));
    }
  }

  private Duration interval(Wait wait) {
    return wait.pollInterval().orElse(interval);
  }

  /** The failure, if it may pass; a status that changed between two calls may. */
  private static TrezaException passing(TrezaException e) throws InterruptedException {
    if (e instanceof TrezaException.Cancelled && Thread.interrupted()) {
      throw new InterruptedException(e.getMessage());
    }
    if (!e.isTransient() && !(e instanceof TrezaException.WrongState)) {
      throw e;
    }
    return e;
  }

  private Duration pauseAfter(TrezaException e, Wait wait) {
    Duration pause = interval(wait);
    return e instanceof TrezaException.RateLimited limited
        ? limited.retryAfter().filter(asked -> asked.compareTo(pause) > 0).orElse(pause)
        : pause;
  }

  private static TrezaException.DeadlinePassed late(
      String what,
      Wait wait,
      Finding last,
      Optional<EnclaveStatus> status,
      Duration inIt,
      List<LogEntry> errors) {
    return new TrezaException.DeadlinePassed(
        "waited " + wait.timeout() + " for " + what + ", but "
            + (last.status().isPresent() ? "" : last.why() + "; before, ")
            + status
                .map(word -> "its status has been " + word + " for " + inIt)
                .orElse("its status could not be had")
            + Waiters.told(errors),
        last.failure(),
        errors);
  }
}
