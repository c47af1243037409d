package io.treza.aws.eks;

/** Hears what a gatekeeper does, for logs and metrics; from any thread, and must not wait. */
public interface GatekeeperListener {
  /** Hears nothing. */
  GatekeeperListener NONE = new GatekeeperListener() {};

  /** A pod was judged; each time anew, whether the verdict is another or not. */
  default void judged(EnclavePod pod, PodVerdict verdict) {}

  /**
   * The gatekeeper cannot do its work, and tries again: the API server refuses it something or is not
   * there.
   *
   * @param message one line, what and why
   */
  default void problem(String message) {}
}
