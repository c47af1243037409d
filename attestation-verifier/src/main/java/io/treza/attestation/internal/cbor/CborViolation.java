package io.treza.attestation.internal.cbor;

/** Bytes that the strict reader refuses: which rule, at which offset, and what stands there. */
public final class CborViolation extends Exception {
  private static final long serialVersionUID = 1L;

  /** The rules the reader enforces. */
  public enum Kind {
    /** Not well-formed (RFC 8949 section 3), cut short, or a kind of item no document holds. */
    MALFORMED,
    /** Bytes after the end of the one item. */
    TRAILING_BYTES,
    /** The same key twice in one map. */
    DUPLICATE_KEY,
    /** A tag where none may stand. */
    UNEXPECTED_TAG,
    /** Well-formed, but not the structure that must stand here. */
    SHAPE,
    /** An entry in the unprotected header, which must be empty. */
    UNPROTECTED_HEADER,
    /** A map key of another type than this map has. */
    KEY_TYPE,
    /** Nested too deeply, or a map with too many entries. */
    TOO_LARGE
  }

  private final Kind kind;
  private final int offset;

  CborViolation(Kind kind, int offset, String found) {
    // Refusals are ordinary answers here, and hostile input must not pay for stack traces.
    super(found, null, false, false);
    this.kind = kind;
    this.offset = offset;
  }

  /** The rule that was broken. */
  public Kind kind() {
    return kind;
  }

  /** Where, counted in bytes from the start of the array that was read. */
  public int offset() {
    return offset;
  }

  /** What stands there. */
  public String found() {
    return String.valueOf(getMessage());
  }
}
