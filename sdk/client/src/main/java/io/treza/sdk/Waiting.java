package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import java.time.Duration;
import java.util.Optional;

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

  record NotYet<T>(String why) implements Outcome<T> {}

  @FunctionalInterface
  interface Look<T> {
    Outcome<T> look() throws AttestationRejectedException;
  }

  <T> T until(String what, Duration timeout, Look<T> look)
      throws AttestationRejectedException, InterruptedException {
    Duration began = pacing.elapsed();
    while (true) {
      String last;
      Optional<Exception> cause = Optional.empty();
      Duration pause = interval;
      try {
        Outcome<T> outcome = look.look();
        if (outcome instanceof Done<T> done) {
          return done.value();
        }
        last = ((NotYet<T>) outcome).why();
      } catch (AttestationRejectedException e) {
        if (e.rejection().authenticated()) {
          throw e;
        }
        // Anybody may have written it, a proxy in front of a starting workload for one.
        last = "its evidence is not genuine";
        cause = Optional.of(e);
      } catch (TrezaException e) {
        if (!e.isTransient() && !(e instanceof TrezaException.WrongState)) {
          throw e;
        }
        if (e instanceof TrezaException.RateLimited limited) {
          pause = limited
              .retryAfter()
              .filter(asked -> asked.compareTo(interval) > 0)
              .orElse(interval);
        }
        last = "the last call failed";
        cause = Optional.of(e);
      }
      // Never begun plus timeout: "for ever" would overflow.
      Duration left = timeout.minus(pacing.elapsed().minus(began));
      if (left.isZero() || left.isNegative()) {
        throw new TrezaException.DeadlinePassed(
            "waited " + timeout + " for " + what + ", but " + last
                + cause.map(e -> ": " + e.getMessage()).orElse(""),
            cause);
      }
      pacing.sleep(pause.compareTo(left) < 0 ? pause : left);
    }
  }
}
