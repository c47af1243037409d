package io.treza.eif.internal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the little CBOR (RFC 8949) that signature sections are made of: definite lengths, unsigned
 * and small negative numbers, strings, arrays, maps.
 *
 * <p>A length is checked against the bytes that are left before it is used.
 */
final class Cbor {
  static final int UNSIGNED = 0;
  static final int NEGATIVE = 1;
  static final int BYTES = 2;
  static final int TEXT = 3;
  static final int ARRAY = 4;
  static final int MAP = 5;
  static final int TAG = 6;

  private final byte[] bytes;
  private int position;

  Cbor(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Says that bytes are not the CBOR expected. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** Reads the head of an item that must be of a kind, and returns its length or value. */
  int head(int major, String what) throws Malformed {
    int at = position;
    int initial = take();
    if (initial >>> 5 != major) {
      throw new Malformed(
          "byte " + at + ": expected " + what + ", found 0x" + Integer.toHexString(initial));
    }
    int info = initial & 0x1f;
    long argument = switch (info) {
      case 24 -> take();
      case 25 -> take() << 8 | take();
      case 26 -> (long) take() << 24 | take() << 16 | take() << 8 | take();
      default -> info;
    };
    if (info > 26 || argument > Integer.MAX_VALUE) {
      throw new Malformed("byte " + at + ": a length over 2 GiB or indefinite");
    }
    return (int) argument;
  }

  /** Reads a number or length that must have one value. */
  void expect(int major, int argument, String what) throws Malformed {
    int at = position;
    int found = head(major, what);
    if (found != argument) {
      throw new Malformed("byte " + at + ": expected " + what + ", found " + found);
    }
  }

  /** Reads a tag if one comes next. */
  void skipTag(int tag) throws Malformed {
    if (position < bytes.length && (bytes[position] & 0xff) >>> 5 == TAG) {
      expect(TAG, tag, "tag " + tag);
    }
  }

  byte[] byteString(String what) throws Malformed {
    return take(head(BYTES, what));
  }

  String text(String what) throws Malformed {
    return new String(take(head(TEXT, what)), StandardCharsets.UTF_8);
  }

  /** Reads bytes that are an array of numbers, as Rust's serde writes {@code Vec<u8>}. */
  byte[] numbers(String what) throws Malformed {
    int count = head(ARRAY, what);
    if (count > bytes.length - position) {
      throw new Malformed(what + " of " + count + " numbers where " + (bytes.length - position)
          + " bytes are left");
    }
    byte[] numbers = new byte[count];
    for (int i = 0; i < count; i++) {
      int value = head(UNSIGNED, "a number of " + what);
      if (value > 0xff) {
        throw new Malformed(what + ": number " + i + " is " + value + ", over 255");
      }
      numbers[i] = (byte) value;
    }
    return numbers;
  }

  /** Fails unless every byte has been read. */
  void end(String what) throws Malformed {
    if (position != bytes.length) {
      throw new Malformed((bytes.length - position) + " bytes after " + what);
    }
  }

  private int take() throws Malformed {
    if (position == bytes.length) {
      throw new Malformed("ends at byte " + position);
    }
    return bytes[position++] & 0xff;
  }

  private byte[] take(int length) throws Malformed {
    if (length > bytes.length - position) {
      throw new Malformed(
          "a string of " + length + " bytes where " + (bytes.length - position) + " are left");
    }
    position += length;
    return Arrays.copyOfRange(bytes, position - length, position);
  }

  /** Writes items of the same kinds, each head as short as it can be. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Writer head(int major, int argument) {
      int kind = major << 5;
      if (argument < 24) {
        out.write(kind | argument);
      } else if (argument < 0x100) {
        out.write(kind | 24);
        out.write(argument);
      } else {
        out.write(kind | 25);
        out.write(argument >>> 8);
        out.write(argument);
      }
      return this;
    }

    Writer byteString(byte[] value) {
      head(BYTES, value.length).out.writeBytes(value);
      return this;
    }

    Writer text(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      head(TEXT, utf8.length).out.writeBytes(utf8);
      return this;
    }

    Writer numbers(byte[] values) {
      head(ARRAY, values.length);
      for (byte value : values) {
        head(UNSIGNED, value & 0xff);
      }
      return this;
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
