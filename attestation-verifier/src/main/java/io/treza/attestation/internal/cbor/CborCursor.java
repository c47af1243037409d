package io.treza.attestation.internal.cbor;

import io.treza.attestation.internal.cbor.CborViolation.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Walks one CBOR item in place, head by head, without allocating by any length it reads.
 *
 * <p>Containers may be definite or indefinite, integers and lengths of any width (real documents
 * have both kinds of map); strings are never chunked, tags never skipped. The cursor stays inside
 * {@code [offset, end)} whatever the bytes say.
 */
public final class CborCursor {
  /** Major type 0, an unsigned integer. */
  public static final int UNSIGNED = 0;

  /** Major type 1, a negative integer. */
  public static final int NEGATIVE = 1;

  /** Major type 2, a byte string. */
  public static final int BYTES = 2;

  /** Major type 3, a text string. */
  public static final int TEXT = 3;

  /** Major type 4, an array. */
  public static final int ARRAY = 4;

  /** Major type 5, a map. */
  public static final int MAP = 5;

  /** Major type 6, a tag. */
  public static final int TAG = 6;

  /** Major type 7: simple values and floats. */
  public static final int SIMPLE = 7;

  private static final int BREAK = 0xff;
  private static final int NULL = 22;

  private final byte[] bytes;
  private final int end;
  private int position;

  private int major;
  private long argument;
  private boolean indefinite;
  private int headOffset;

  /** A cursor before the first head of {@code bytes[offset, offset + length)}. */
  public CborCursor(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.position = offset;
    this.end = offset + length;
  }

  /** Offset of the next unread byte. */
  public int position() {
    return position;
  }

  /** Major type of the head last read. */
  public int major() {
    return major;
  }

  /** Argument of the head last read: value, length, count or tag number. Never negative. */
  public long argument() {
    return argument;
  }

  /** Whether the container last opened ends with a break instead of having a count. */
  public boolean indefinite() {
    return indefinite;
  }

  /** Offset of the head last read. */
  public int headOffset() {
    return headOffset;
  }

  /** Whether a break comes next; consumes it if so. */
  public boolean takeBreak() {
    if (position < end && (bytes[position] & 0xff) == BREAK) {
      position++;
      return true;
    }
    return false;
  }

  /**
   * Reads the next head (RFC 8949 section 3). A string must lie wholly inside the input; its
   * content stays unread.
   *
   * @throws CborViolation on reserved, truncated or oversized heads, on chunked strings, and on
   *     simple values other than null
   */
  public void next() throws CborViolation {
    headOffset = position;
    int initial = take();
    major = initial >>> 5;
    int info = initial & 0x1f;
    indefinite = info == 31;
    if (indefinite) {
      if (major != ARRAY && major != MAP) {
        throw malformed(
            major == BYTES || major == TEXT
                ? "a string in chunks"
                : "a break or reserved head 0x" + Integer.toHexString(initial));
      }
      argument = 0;
      return;
    }
    argument = switch (info) {
      case 24 -> take();
      case 25 -> take(2);
      case 26 -> take(4);
      case 27 -> take(8);
      case 28, 29, 30 -> throw malformed("reserved head 0x" + Integer.toHexString(initial));
      default -> info;
    };
    if (argument < 0) {
      throw malformed("a number over 2^63-1");
    }
    if ((major == BYTES || major == TEXT) && argument > end - position) {
      throw malformed("a string of " + argument + " bytes where " + (end - position) + " are left");
    }
    if (major == SIMPLE && info != NULL) {
      throw malformed("a simple value or float, head 0x" + Integer.toHexString(initial));
    }
  }

  /** Passes over the content of the string whose head was just read; text must be UTF-8. */
  public void skipString() throws CborViolation {
    int start = position;
    int length = (int) argument;
    if (major == TEXT && !isUtf8(start, length)) {
      throw malformed("text that is not UTF-8");
    }
    position = start + length;
  }

  /** Fails unless every byte has been read. */
  public void requireEnd() throws CborViolation {
    if (position != end) {
      throw new CborViolation(
          Kind.TRAILING_BYTES, position, (end - position) + " bytes after the end of the item");
    }
  }

  CborViolation malformed(String found) {
    return new CborViolation(Kind.MALFORMED, headOffset, found);
  }

  private int take() throws CborViolation {
    if (position >= end) {
      throw malformed("the end of the input inside an item");
    }
    return bytes[position++] & 0xff;
  }

  private long take(int count) throws CborViolation {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = (value << 8) | take();
    }
    return value;
  }

  private boolean isUtf8(int start, int length) {
    for (int i = start; i < start + length; i++) {
      if (bytes[i] < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length));
          return true;
        } catch (CharacterCodingException e) {
          return false;
        }
      }
    }
    return true;
  }
}
