package io.treza.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes CBOR (RFC 8949) apart into its encoded items, of definite length only, without judging what
 * they mean.
 */
final class CborItems {
  /** No document nests deeper than a map in a map. */
  private static final int DEEPEST = 8;

  private final byte[] bytes;
  private int position;

  private CborItems(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The encoded items of an array, or keys and values in turn of a map.
   *
   * @param majorType 4 for an array, 5 for a map
   * @throws IllegalArgumentException if it is none, is not well-formed, or does not end with it
   */
  static List<byte[]> of(byte[] container, int majorType) {
    CborItems reader = new CborItems(container);
    require(reader.type() == majorType, "expected major type " + majorType, 0);
    long count = reader.argument();
    List<byte[]> items = new ArrayList<>();
    for (long i = 0; i < (majorType == 5 ? 2 * count : count); i++) {
      int start = reader.position;
      reader.skip(0);
      items.add(Arrays.copyOfRange(container, start, reader.position));
    }
    require(reader.position == container.length, "more bytes follow", reader.position);
    return items;
  }

  /**
   * The content of a byte string.
   *
   * @throws IllegalArgumentException if the item is none
   */
  static byte[] bytes(byte[] item) {
    return content(item, 2);
  }

  /** The content of a text string, as its bytes. */
  static byte[] text(byte[] item) {
    return content(item, 3);
  }

  private static byte[] content(byte[] item, int majorType) {
    CborItems reader = new CborItems(item);
    require(reader.type() == majorType, "expected major type " + majorType, 0);
    long length = reader.argument();
    require(length == item.length - reader.position, "the length is another", 0);
    return Arrays.copyOfRange(item, reader.position, item.length);
  }

  private int type() {
    require(position < bytes.length, "ends early", position);
    return (bytes[position] & 0xff) >> 5;
  }

  /** The argument of the head here, at most as much as there are bytes; goes behind the head. */
  private long argument() {
    int low = bytes[position] & 0x1f;
    require(low < 28, "indefinite length or a reserved head", position);
    int start = position++;
    if (low < 24) {
      return low;
    }
    int size = 1 << (low - 24);
    require(size <= bytes.length - position, "ends early", start);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | (bytes[position++] & 0xff);
    }
    return value;
  }

  private void skip(int depth) {
    require(depth < DEEPEST, "nested too deeply", position);
    int start = position;
    int type = type();
    long argument = argument();
    switch (type) {
      case 2, 3 -> {
        require(argument >= 0 && argument <= bytes.length - position, "ends early", start);
        position += (int) argument;
      }
      case 4, 5 -> {
        // As many items as there are bytes at most, so that a huge count ends with them.
        require(argument >= 0 && argument <= bytes.length - position, "ends early", start);
        for (long i = 0; i < (type == 5 ? 2 * argument : argument); i++) {
          skip(depth + 1);
        }
      }
      case 6 -> skip(depth + 1);
      default -> {}
    }
  }

  private static void require(boolean condition, String problem, int offset) {
    if (!condition) {
      throw new IllegalArgumentException("CBOR, byte " + offset + ": " + problem);
    }
  }
}
