package io.treza.attestation;

/** Thrown by the throwing variants instead of returning a {@link Rejection}; carries it. */
public final class AttestationRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Rejection rejection;

  /** Wraps a rejection. */
  public AttestationRejectedException(Rejection rejection) {
    super(rejection.toString());
    this.rejection = rejection;
  }

  /** Why, and how far verification came. */
  public Rejection rejection() {
    return rejection;
  }

  /** Short for {@code rejection().reason()}. */
  public Reason reason() {
    return rejection.reason();
  }
}
