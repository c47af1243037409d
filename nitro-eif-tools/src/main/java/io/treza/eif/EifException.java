package io.treza.eif;

import java.io.IOException;

/**
 * Says that what should go into an enclave image cannot: a kernel for another processor, a file
 * system AWS's init would fail on, a name the format has no room for.
 *
 * <p>The message names the part, what is wrong and what to do.
 */
public final class EifException extends IOException {
  private static final long serialVersionUID = 1L;

  public EifException(String message) {
    super(message);
  }
}
