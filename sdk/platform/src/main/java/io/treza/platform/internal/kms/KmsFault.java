package io.treza.platform.internal.kms;

/** A request that KMS refuses, with the name that it gives the refusal on the wire. */
public final class KmsFault extends Exception {
  private static final long serialVersionUID = 1L;
  private final String type;
  private final String explanation;

  KmsFault(String type, String explanation) {
    super(explanation);
    this.type = type;
    this.explanation = explanation;
  }

  static KmsFault validation(String message) {
    return new KmsFault("ValidationException", message);
  }

  String type() {
    return type;
  }

  /** The message, which is always there. */
  String explanation() {
    return explanation;
  }
}
