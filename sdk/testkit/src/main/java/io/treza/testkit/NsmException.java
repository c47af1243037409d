package io.treza.testkit;

/** A request that a Nitro Security Module refuses. */
public final class NsmException extends RuntimeException {
  /** Why, in the words of AWS's NSM API ({@code ErrorCode}). */
  public enum Code {
    /** There is no register with this index. */
    INVALID_INDEX("InvalidIndex"),
    /** The register is locked. */
    READ_ONLY_INDEX("ReadOnlyIndex"),
    /** The request is too long. */
    INPUT_TOO_LARGE("InputTooLarge");

    private final String nsmName;

    Code(String nsmName) {
      this.nsmName = nsmName;
    }

    /** The code's name in an NSM response. */
    public String nsmName() {
      return nsmName;
    }
  }

  private static final long serialVersionUID = 1;

  private final Code code;

  NsmException(Code code, String message) {
    super(code.nsmName() + ": " + message);
    this.code = code;
  }

  /** Why the request was refused. */
  public Code code() {
    return code;
  }
}
