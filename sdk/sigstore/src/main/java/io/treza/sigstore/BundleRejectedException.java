package io.treza.sigstore;

/** Thrown where a bundle that is not accepted is an error. */
public final class BundleRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient BundleRejection rejection;

  /** Says why. */
  public BundleRejectedException(BundleRejection rejection) {
    super(rejection.toString());
    this.rejection = rejection;
  }

  /** Why it was not accepted. */
  public BundleRejection rejection() {
    return rejection;
  }
}
