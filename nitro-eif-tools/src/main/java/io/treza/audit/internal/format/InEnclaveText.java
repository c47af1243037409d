package io.treza.audit.internal.format;

import io.treza.audit.InEnclave;

/** Whether a check matters inside, in words. */
public final class InEnclaveText {
  private InEnclaveText() {}

  public static String of(InEnclave inEnclave) {
    return switch (inEnclave) {
      case EFFECTIVE -> "holds as it does outside";
      case PARTLY -> "holds in part";
      case NO_EFFECT -> "has no effect";
      case ENCLAVE_ONLY -> "matters there only";
    };
  }
}
