package io.treza.attestation.reference;

import org.jspecify.annotations.Nullable;

/** A file that holds no usable reference values; the message says what is wrong and where. */
public final class ReferenceValuesException extends Exception {
  private static final long serialVersionUID = 1L;

  ReferenceValuesException(String message) {
    super(message);
  }

  ReferenceValuesException(@Nullable String message, Throwable cause) {
    super(message, cause);
  }
}
