package io.treza.sigstore;

/** How a step ends verification; never leaves this package. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1L;

  private final BundleReason reason;

  Refused(BundleReason reason, String detail) {
    this(reason, detail, null);
  }

  Refused(BundleReason reason, String detail, @org.jspecify.annotations.Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  BundleRejection rejection() {
    String detail = getMessage();
    return new BundleRejection(reason, detail == null ? reason.name() : detail);
  }
}
