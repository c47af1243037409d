package io.treza.platform;

import java.io.IOException;

/** What was found in an enclave's place is not the enclave that was launched: it is FAILED. */
public final class EnclaveRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * With what shows it.
   *
   * @param message becomes the enclave's {@code error_message}
   */
  public EnclaveRefusedException(String message) {
    super(message);
  }
}
