package io.treza.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * Writes CBOR (RFC 8949) one item at a time, every byte under the caller's control.
 *
 * <p>The CBOR libraries normalise: they choose the shortest head, refuse duplicate keys and merge
 * chunks, and those are the very things a decoder's tests must be able to get wrong. Each method
 * returns one encoded item; arrays, maps and tags take encoded items and copy them unchanged.
 */
public final class Cbor {
  /** How many bytes carry an item's argument (RFC 8949, section 3). */
  public enum Width {
    /** The fewest bytes that hold the value: the preferred serialisation. */
    SHORTEST(-1),
    /** One byte after the initial one. */
    ONE(1),
    /** Two bytes after the initial one. */
    TWO(2),
    /** Four bytes after the initial one. */
    FOUR(4),
    /** Eight bytes after the initial one. */
    EIGHT(8);

    private final int bytes;

    Width(int bytes) {
      this.bytes = bytes;
    }
  }

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int SIMPLE = 7;

  private Cbor() {}

  /**
   * The head of an item: its major type and argument, without content.
   *
   * @param majorType 0 to 7
   * @param argument the argument, read as unsigned
   * @throws IllegalArgumentException if the argument does not fit the width
   */
  public static byte[] head(int majorType, long argument, Width width) {
    int size = width == Width.SHORTEST ? shortest(argument) : width.bytes;
    if (size > 0 && size < 8 && (argument >>> (8 * size)) != 0) {
      throw new IllegalArgumentException(
          Long.toUnsignedString(argument) + " does not fit in " + size + " bytes");
    }
    int low = switch (size) {
      case 0 -> (int) argument;
      case 1 -> 24;
      case 2 -> 25;
      case 4 -> 26;
      default -> 27;
    };
    byte[] head = new byte[1 + size];
    head[0] = (byte) ((majorType << 5) | low);
    for (int i = 0; i < size; i++) {
      head[size - i] = (byte) (argument >>> (8 * i));
    }
    return head;
  }

  private static int shortest(long argument) {
    if (Long.compareUnsigned(argument, 24) < 0) {
      return 0;
    }
    int bits = Long.SIZE - Long.numberOfLeadingZeros(argument);
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
  }

  /** An integer in its shortest form. */
  public static byte[] integer(long value) {
    return integer(value, Width.SHORTEST);
  }

  /** An integer whose argument takes the given width. */
  public static byte[] integer(long value, Width width) {
    return value < 0 ? head(NEGATIVE, ~value, width) : head(UNSIGNED, value, width);
  }

  /** A byte string. */
  public static byte[] bytes(byte[] content) {
    return bytes(content, Width.SHORTEST);
  }

  /** A byte string whose length takes the given width. */
  public static byte[] bytes(byte[] content, Width width) {
    return concat(head(BYTES, content.length, width), content);
  }

  /** A byte string of indefinite length, one definite chunk for each argument. */
  public static byte[] chunkedBytes(byte[]... chunks) {
    return indefinite(BYTES, Arrays.stream(chunks).map(Cbor::bytes).toArray(byte[][]::new));
  }

  /** A text string. */
  public static byte[] text(String content) {
    return text(content.getBytes(UTF_8), Width.SHORTEST);
  }

  /** A text string of any bytes, valid UTF-8 or not, whose length takes the given width. */
  public static byte[] text(byte[] utf8, Width width) {
    return concat(head(TEXT, utf8.length, width), utf8);
  }

  /** A text string of indefinite length, one definite chunk for each argument. */
  public static byte[] chunkedText(String... chunks) {
    return indefinite(TEXT, Arrays.stream(chunks).map(Cbor::text).toArray(byte[][]::new));
  }

  /** An array of the given items. */
  public static byte[] array(byte[]... items) {
    return concat(head(ARRAY, items.length, Width.SHORTEST), concat(items));
  }

  /** An array of the given items. */
  public static byte[] array(List<byte[]> items) {
    return array(items.toArray(byte[][]::new));
  }

  /** An array of indefinite length. */
  public static byte[] indefiniteArray(byte[]... items) {
    return indefinite(ARRAY, items);
  }

  /**
   * A map. Order and duplicates are kept.
   *
   * @param keysAndValues key, value, key, value, ...
   */
  public static byte[] map(byte[]... keysAndValues) {
    return concat(head(MAP, pairs(keysAndValues), Width.SHORTEST), concat(keysAndValues));
  }

  /**
   * A map of indefinite length. Order and duplicates are kept.
   *
   * @param keysAndValues key, value, key, value, ...
   */
  public static byte[] indefiniteMap(byte[]... keysAndValues) {
    pairs(keysAndValues);
    return indefinite(MAP, keysAndValues);
  }

  private static int pairs(byte[][] keysAndValues) {
    if (keysAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "a map takes key, value, key, value: got " + keysAndValues.length + " items");
    }
    return keysAndValues.length / 2;
  }

  /** A tagged item. */
  public static byte[] tag(long number, byte[] item) {
    return concat(head(TAG, number, Width.SHORTEST), item);
  }

  /** A simple value: 20 false, 21 true, 22 null, 23 undefined. */
  public static byte[] simple(int value) {
    return head(SIMPLE, value, Width.SHORTEST);
  }

  /** The value null. */
  public static byte[] nullValue() {
    return simple(22);
  }

  /** The given bytes one after another: for CBOR sequences, trailing bytes and raw pieces. */
  public static byte[] concat(byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }

  private static byte[] indefinite(int majorType, byte[]... items) {
    return concat(
        new byte[] {(byte) ((majorType << 5) | 31)}, concat(items), new byte[] {(byte) 0xff});
  }
}
