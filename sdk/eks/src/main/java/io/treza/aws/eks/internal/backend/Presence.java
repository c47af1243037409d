package io.treza.aws.eks.internal.backend;

import io.treza.aws.eks.EnclavePod;
import io.treza.aws.eks.GatekeeperListener;
import io.treza.aws.eks.PodVerdict;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import java.util.Optional;

/** Which pod an enclave is in now, by the gatekeeper's last verdict on it. Thread-safe. */
final class Presence implements GatekeeperListener {
  /** A pod, and the module id that its evidence showed. */
  record Attested(EnclavePod pod, String moduleId) {}

  private final EnclaveListener log;
  private Optional<Attested> now = Optional.empty();

  Presence(EnclaveListener log) {
    this.log = log;
  }

  synchronized Optional<Attested> now() {
    return now;
  }

  synchronized void leave() {
    now = Optional.empty();
  }

  @Override
  public synchronized void judged(EnclavePod pod, PodVerdict verdict) {
    Optional<Attested> then = verdict instanceof PodVerdict.Verified verified
        ? Optional.of(new Attested(pod, verified.moduleId()))
        : Optional.empty();
    Optional<Attested> before = now;
    now = then;
    if (!before.map(Attested::moduleId).equals(then.map(Attested::moduleId))) {
      log.log(Source.BOOT, "pod " + pod.name() + ": " + verdict.explanation());
    }
  }

  @Override
  public void problem(String message) {
    log.log(Source.BOOT, message);
  }
}
