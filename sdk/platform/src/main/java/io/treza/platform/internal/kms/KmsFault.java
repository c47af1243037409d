package io.treza.platform.internal.kms;

/** A request that KMS refuses, with the name that it gives the refusal on the wire. */
public final class KmsFault extends Exception {
  private static final long serialVersionUID = 1L;
  private final String type;

  KmsFault(String type, String message) {
    super(message);
    this.type = type;
  }

  static KmsFault validation(String message) {
    return new KmsFault("ValidationException", message);
  }

  String type() {
    return type;
  }
}
