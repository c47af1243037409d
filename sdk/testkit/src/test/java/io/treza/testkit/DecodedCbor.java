package io.treza.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A minimal CBOR reader of the tests, independent of the writer they test. */
final class DecodedCbor {
  private final int majorType;
  private final boolean indefinite;
  private final long argument;
  private final byte[] content;
  private final List<DecodedCbor> items;

  private DecodedCbor(
      int majorType, boolean indefinite, long argument, byte[] content, List<DecodedCbor> items) {
    this.majorType = majorType;
    this.indefinite = indefinite;
    this.argument = argument;
    this.content = content;
    this.items = items;
  }

  int majorType() {
    return majorType;
  }

  boolean indefinite() {
    return indefinite;
  }

  long argument() {
    return argument;
  }

  byte[] content() {
    return content;
  }

  List<DecodedCbor> items() {
    return items;
  }

  static DecodedCbor read(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    DecodedCbor item = read(in);
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes after the item");
    }
    return item;
  }

  private static DecodedCbor read(ByteBuffer in) {
    int initial = in.get() & 0xff;
    int majorType = initial >> 5;
    int low = initial & 31;
    long argument = switch (low) {
      case 24 -> in.get() & 0xff;
      case 25 -> in.getShort() & 0xffff;
      case 26 -> in.getInt() & 0xffffffffL;
      case 27 -> in.getLong();
      default -> low;
    };
    boolean indefinite = low == 31;
    boolean string = majorType == 2 || majorType == 3;
    byte[] content = new byte[string && !indefinite ? (int) argument : 0];
    in.get(content);
    List<DecodedCbor> items = new ArrayList<>();
    if (indefinite) {
      while ((in.get(in.position()) & 0xff) != 0xff) {
        items.add(read(in));
      }
      in.get();
    } else {
      long count =
          majorType == 4 ? argument : majorType == 5 ? 2 * argument : majorType == 6 ? 1 : 0;
      for (long i = 0; i < count; i++) {
        items.add(read(in));
      }
    }
    return new DecodedCbor(majorType, indefinite, argument, content, items);
  }

  String text() {
    return new String(content, UTF_8);
  }

  boolean isNull() {
    return majorType == 7 && argument == 22;
  }

  /** The value under a text key of a map. */
  DecodedCbor get(String key) {
    for (int i = 0; i < items.size(); i += 2) {
      if (items.get(i).majorType == 3 && items.get(i).text().equals(key)) {
        return items.get(i + 1);
      }
    }
    throw new IllegalArgumentException("no " + key);
  }

  /** The text keys of a map, in their order. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < items.size(); i += 2) {
      keys.add(items.get(i).text());
    }
    return keys;
  }

  /** The value under an integer key of a map. */
  DecodedCbor get(long key) {
    for (int i = 0; i < items.size(); i += 2) {
      if (items.get(i).majorType == 0 && items.get(i).argument == key) {
        return items.get(i + 1);
      }
    }
    throw new IllegalArgumentException("no " + key);
  }
}
