package io.treza.attestation;

/** How a step rejects: one reason, what was expected, what was found. Carries no stack trace. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final String expected;
  private final String found;

  Refusal(Reason reason, String expected, String found) {
    super(reason.name(), null, false, false);
    this.reason = reason;
    this.expected = expected;
    this.found = found;
  }

  Reason reason() {
    return reason;
  }

  String expected() {
    return expected;
  }

  String found() {
    return found;
  }
}
