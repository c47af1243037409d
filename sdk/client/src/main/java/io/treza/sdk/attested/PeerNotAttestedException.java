package io.treza.sdk.attested;

import io.treza.attestation.Reason;
import io.treza.attestation.Rejection;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * The peer of a connection is not, or not provably, the enclave that is meant, so the request was
 * not sent: neither its body nor a single header.
 */
public final class PeerNotAttestedException extends SSLPeerUnverifiedException {
  private static final long serialVersionUID = 1L;

  /** What kept the request from being sent. */
  public enum Problem {
    /** The request is for another scheme, host or port than the enclave's. */
    OTHER_ORIGIN,
    /** The connection shows no key that evidence could bind. */
    NO_KEY,
    /** No evidence could be obtained; it may be there another time. */
    NO_EVIDENCE,
    /** The evidence was refused; {@link #rejection} says why. */
    REJECTED,
    /** Each of several connections had another key, and none could be used after it was attested. */
    UNSETTLED
  }

  private final Problem problem;
  private final transient Optional<Rejection> rejection;

  private PeerNotAttestedException(
      Problem problem, String message, Optional<Rejection> rejection, @Nullable Throwable cause) {
    super(message);
    this.problem = problem;
    this.rejection = rejection;
    initCause(cause);
  }

  static PeerNotAttestedException of(Problem problem, String message) {
    return new PeerNotAttestedException(problem, message, Optional.empty(), null);
  }

  static PeerNotAttestedException noEvidence(String message, @Nullable Throwable cause) {
    return new PeerNotAttestedException(Problem.NO_EVIDENCE, message, Optional.empty(), cause);
  }

  static PeerNotAttestedException rejected(Rejection rejection) {
    return new PeerNotAttestedException(
        Problem.REJECTED,
        "the evidence for this connection was refused: " + rejection,
        Optional.of(rejection),
        null);
  }

  /** The same refusal for another caller, with a trace of its own. */
  PeerNotAttestedException again() {
    return new PeerNotAttestedException(problem, String.valueOf(getMessage()), rejection, this);
  }

  /** What kept the request from being sent. */
  public Problem problem() {
    return problem;
  }

  /** The verifier's refusal, if the problem is {@link Problem#REJECTED}. */
  public Optional<Rejection> rejection() {
    return rejection;
  }

  /** The verifier's reason, if the problem is {@link Problem#REJECTED}. */
  public Optional<Reason> reason() {
    return rejection.map(Rejection::reason);
  }
}
