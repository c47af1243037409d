package io.treza.attestation.reference;

import org.jspecify.annotations.Nullable;

/** Reference values that cannot be used; the message says what is wrong and where. */
public final class ReferenceValuesException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong, for programs. */
  public enum Problem {
    /** Larger than any real file. */
    TOO_LARGE,
    /** Not one JSON text in UTF-8 with each member once, or nested too deeply. */
    NOT_JSON,
    /** A member is missing, of the wrong type, or not understood. */
    FORM,
    /** A value is of the wrong length, zero, out of range, or contradicts another. */
    VALUE,
    /** Not a signed envelope. */
    ENVELOPE,
    /** Signed content of another type than an in-toto statement. */
    PAYLOAD_TYPE,
    /** No trusted key or identity signed exactly this content. */
    SIGNATURE,
    /** A statement, but not one of reference values. */
    STATEMENT,
    /** The statement is about something that its reference values do not name. */
    SUBJECT,
    /** Reference values of another application. */
    APPLICATION,
    /** The file has expired. */
    EXPIRED,
    /** An older file than one that was accepted before, or than the floor. */
    ROLLBACK,
    /** The values, or what is needed to judge them, could not be obtained. */
    UNAVAILABLE
  }

  private final Problem problem;

  /** A problem, and a message that says where it lies and what to do. */
  public ReferenceValuesException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  /** A problem that something else caused. */
  public ReferenceValuesException(Problem problem, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.problem = problem;
  }

  /** What is wrong. */
  public Problem problem() {
    return problem;
  }
}
