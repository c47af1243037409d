package io.treza.sdk;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.VerifiedAttestation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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
    AtomicBoolean going = new AtomicBoolean();
    waiting(id, "destroyed", wait, left -> {
      Optional<Enclave> found = find(id, left);
      if (found.isEmpty() || found.get().status().isGone()) {
        return new Waiting.Done<>(id);
      }
      EnclaveStatus status = found.get().status();
      if (status.isGoing()) {
        going.set(true);
      }
      return notYet(found.get(), "destroyed", word -> going.get() && word.isFinal());
    });
  }

  void untilDeleted(String id, Wait wait) throws InterruptedException {
    waiting(
        id,
        "deleted",
        wait,
        left -> find(id, left)
            .<Waiting.Outcome<String>>map(found -> Waiting.NotYet.because(found.status()))
            .orElseGet(() -> new Waiting.Done<>(id)));
  }

  /** What evidence showed, or why genuine evidence was refused. */
  @FunctionalInterface
  private interface Verdict {
    VerifiedAttestation orThrow() throws AttestationRejectedException;
  }

  VerifiedAttestation untilAttested(String id, Wait wait, Verification verification)
      throws AttestationRejectedException, InterruptedException {
    return waiting(id, "attested", wait, left -> {
          Duration began = rest.pacing().elapsed();
          Enclave enclave = within(left).get(id);
          return enclave.status().equals(EnclaveStatus.DEPLOYED)
              ? verdict(verification, left.minus(rest.pacing().elapsed().minus(began)))
              : notYet(enclave, "deployed", status -> !status.mayBecomeDeployed());
        })
        .orThrow();
  }

  private Waiting.Outcome<Verdict> verdict(Verification verification, Duration left) {
    try {
      VerifiedAttestation attested = verification.verify(rest(left));
      return new Waiting.Done<>(() -> attested);
    } catch (AttestationRejectedException e) {
      // Anybody may have written what is not genuine, a proxy in front of a starting workload say.
      return e.rejection().authenticated()
          ? new Waiting.Done<>(() -> {
            throw e;
          })
          : Waiting.NotYet.because("its evidence is not genuine", e);
    }
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
      throw new TrezaException.NotRunning(enclave, goal, errors(enclave.id()));
    }
    return Waiting.NotYet.because(enclave.status());
  }

  private <T> T waiting(String id, String goal, Wait wait, Waiting.Look<T> look)
      throws InterruptedException {
    return new Waiting(rest.pacing(), pollInterval)
        .until("enclave " + id + " to be " + goal, wait, look, () -> errors(id));
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

  /** Its error log as far as it can be had, for it says more than a status. */
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
