package io.treza.enclave;

import java.io.IOException;

/** The way out of the enclave does not lead to a destination; the message has the proxy's reason. */
public final class EgressRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** For {@link EgressProxy}. */
  public EgressRefusedException(int status, String message) {
    super(message);
    this.status = status;
  }

  /**
   * The proxy's answer: 403 if the destination is not on the image's list or the parent's, 502 or 504
   * if the parent, its names or the destination do not answer.
   */
  public int status() {
    return status;
  }
}
