package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.VerifiedAttestation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Waits for an enclave to reach a status, and knows those from which it never will. */
final class Waiters {
  private static final int ERROR_LINES = 5;
  private static final Duration TIME_FOR_LOGS = Duration.ofSeconds(10);

  private final Rest rest;
  private final Duration pollInterval;

  /** Looks once each time: waiting is repeating by itself. */
  Waiters(Rest rest, Duration pollInterval) {
    this.rest = rest.once();
    this.pollInterval = pollInterval;
  }

  /** Evidence for a fresh nonce, verified. */
  @FunctionalInterface
  interface Verification {
    VerifiedAttestation verify(Rest rest) throws AttestationRejectedException;
  }

  /** Stale reads may still show the status before the one that was asked for, so it is no failure. */
  Enclave untilDeployed(String id, Wait wait) throws InterruptedException {
    return until(
        id,
        "deployed",
        wait,
        EnclaveStatus.DEPLOYED::equals,
        status -> !status.mayBecomeDeployed());
  }

  Enclave untilPaused(String id, Wait wait) throws InterruptedException {
    return until(id, "paused", wait, EnclaveStatus.PAUSED::equals, EnclaveStatus::isLost);
  }

  Enclave untilResumed(String id, Wait wait) throws InterruptedException {
    return until(id, "resumed", wait, EnclaveStatus.DEPLOYED::equals, EnclaveStatus::isLost);
  }

  /** A failed enclave may be destroyed, so FAILED is an end only once it was being destroyed. */
  void untilDestroyed(String id, Wait wait) throws InterruptedException {
    boolean[] going = {false};
    waiting(id, "destroyed", wait, left -> {
      Optional<Enclave> found = find(id, left);
      if (found.isEmpty() || found.get().status().isGone()) {
        return new Waiting.Done<>(id);
      }
      EnclaveStatus status = found.get().status();
      going[0] |= status.isGoing();
      if (going[0] && status.isFinal()) {
        throw lost(found.get(), "destroyed");
      }
      return new Waiting.NotYet<>(status);
    });
  }

  void untilDeleted(String id, Wait wait) throws InterruptedException {
    waiting(id, "deleted", wait, left -> {
      Optional<Enclave> found = find(id, left);
      return found.isEmpty()
          ? new Waiting.Done<>(id)
          : new Waiting.NotYet<>(found.get().status());
    });
  }

  VerifiedAttestation untilAttested(String id, Wait wait, Verification verification)
      throws AttestationRejectedException, InterruptedException {
    return waiting()
        .until(
            "enclave " + id + " to be attested",
            wait,
            left -> {
              Enclave enclave = within(left).get(id);
              if (enclave.status().equals(EnclaveStatus.DEPLOYED)) {
                return new Waiting.Done<>(verification.verify(rest(left)));
              }
              return notYet(enclave, "deployed", status -> !status.mayBecomeDeployed());
            },
            () -> errors(id));
  }

  private Enclave until(
      String id,
      String goal,
      Wait wait,
      Predicate<EnclaveStatus> reached,
      Predicate<EnclaveStatus> hopeless)
      throws InterruptedException {
    return waiting(id, goal, wait, left -> {
      Enclave enclave = within(left).get(id);
      return reached.test(enclave.status())
          ? new Waiting.Done<>(enclave)
          : notYet(enclave, goal, hopeless);
    });
  }

  private <T> Waiting.Outcome<T> notYet(
      Enclave enclave, String goal, Predicate<EnclaveStatus> hopeless) {
    if (hopeless.test(enclave.status())) {
      throw lost(enclave, goal);
    }
    return new Waiting.NotYet<>(enclave.status());
  }

  private <T> T waiting(String id, String goal, Wait wait, Waiting.Look<T> look)
      throws InterruptedException {
    try {
      return waiting().until("enclave " + id + " to be " + goal, wait, look, () -> errors(id));
    } catch (AttestationRejectedException e) {
      throw new IllegalStateException("nothing was attested", e);
    }
  }

  private Waiting waiting() {
    return new Waiting(rest.pacing(), pollInterval);
  }

  private Optional<Enclave> find(String id, Duration left) {
    try {
      return Optional.of(within(left).get(id));
    } catch (TrezaException.NotFound e) {
      return Optional.empty();
    }
  }

  private EnclaveApi within(Duration left) {
    return new EnclaveApi(rest(left));
  }

  private Rest rest(Duration left) {
    return rest.within(Rest.shorter(rest.limits().call(), left));
  }

  private TrezaException.NotRunning lost(Enclave enclave, String goal) {
    return new TrezaException.NotRunning(enclave, goal, errors(enclave.id()));
  }

  /** Its error log as far as it can be had; the platform's own message often says nothing. */
  private List<LogEntry> errors(String id) {
    try {
      return within(TIME_FOR_LOGS).logs(id, LogType.ERRORS, ERROR_LINES).of(LogType.ERRORS);
    } catch (TrezaException e) {
      return List.of();
    }
  }

  /** For the end of a message. */
  static String told(List<LogEntry> errors) {
    return errors.isEmpty()
        ? ""
        : errors.stream()
            .map(entry -> Failures.printable(entry.message()))
            .collect(Collectors.joining(" | ", "; its error log says, newest first: ", ""));
  }
}
