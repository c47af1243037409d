package io.treza.eif.internal.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.EifException;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One of the two tables of tags in an RPM package (rpm, docs/manual/format_header.md), all numbers
 * big-endian: magic, number of entries, bytes of data; an entry is tag, type, offset, count.
 */
final class RpmHeader {
  private static final long MAGIC = 0x8eade80100000000L;
  private static final int INTRO_BYTES = 16;
  private static final int ENTRY_BYTES = 16;
  // Of rpm's own limits, 65535 entries and 256 MiB, the second is more than any real header needs.
  private static final int MAX_ENTRIES = 0xffff;
  private static final int MAX_DATA_BYTES = 16 << 20;

  private static final int INT32 = 4;
  private static final int STRING = 6;
  private static final int BIN = 7;
  private static final int STRING_ARRAY = 8;

  private final byte[] bytes;
  private final int dataStart;
  private final Map<Integer, Entry> entries = new HashMap<>();

  private record Entry(int type, int offset, int count) {}

  private RpmHeader(byte[] bytes, int count) {
    this.bytes = bytes;
    this.dataStart = INTRO_BYTES + count * ENTRY_BYTES;
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int at = INTRO_BYTES; at < dataStart; at += ENTRY_BYTES) {
      // As in rpm, the first entry of a tag counts.
      entries.putIfAbsent(
          buffer.getInt(at),
          new Entry(buffer.getInt(at + 4), buffer.getInt(at + 8), buffer.getInt(at + 12)));
    }
  }

  /**
   * Reads one table.
   *
   * @param what to call it in messages
   * @throws EifException if it is none, or its counts are absurd
   */
  static RpmHeader read(DataInputStream in, String what) throws IOException {
    byte[] intro = new byte[INTRO_BYTES];
    in.readFully(intro);
    ByteBuffer numbers = ByteBuffer.wrap(intro);
    if (numbers.getLong(0) != MAGIC) {
      throw new EifException(what + ": no RPM header where one must be; fetch the package again");
    }
    int count = numbers.getInt(8);
    int size = numbers.getInt(12);
    if (count < 1 || count > MAX_ENTRIES || size < 0 || size > MAX_DATA_BYTES) {
      throw new EifException(what
          + ": "
          + Integer.toUnsignedString(count)
          + " entries and "
          + Integer.toUnsignedString(size)
          + " bytes of data; at most "
          + MAX_ENTRIES
          + " and "
          + MAX_DATA_BYTES);
    }
    int length = count * ENTRY_BYTES + size;
    // Not an array of the stated size at once, for the file may be short.
    byte[] rest = in.readNBytes(length);
    if (rest.length < length) {
      throw new EOFException();
    }
    byte[] all = Arrays.copyOf(intro, INTRO_BYTES + length);
    System.arraycopy(rest, 0, all, INTRO_BYTES, length);
    return new RpmHeader(all, count);
  }

  /** The table as it stands in the file, which rpm's digests cover. */
  byte[] bytes() {
    return bytes;
  }

  /** A string, or the first of an array of strings. */
  Optional<String> string(int tag) throws EifException {
    Entry entry = entries.get(tag);
    if (entry == null || (entry.type != STRING && entry.type != STRING_ARRAY)) {
      return Optional.empty();
    }
    int start = start(tag, entry, 1);
    int end = start;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return Optional.of(new String(bytes, start, end - start, ISO_8859_1));
  }

  /** A number of 32 bits, unsigned. */
  Optional<Long> number(int tag) throws EifException {
    Entry entry = entries.get(tag);
    if (entry == null || entry.type != INT32) {
      return Optional.empty();
    }
    int value = ByteBuffer.wrap(bytes).getInt(start(tag, entry, Integer.BYTES));
    return Optional.of(Integer.toUnsignedLong(value));
  }

  /** Bytes. */
  Optional<byte[]> binary(int tag) throws EifException {
    Entry entry = entries.get(tag);
    if (entry == null || entry.type != BIN) {
      return Optional.empty();
    }
    int start = start(tag, entry, entry.count);
    return Optional.of(Arrays.copyOfRange(bytes, start, start + entry.count));
  }

  private int start(int tag, Entry entry, int length) throws EifException {
    int room = bytes.length - dataStart;
    if (entry.offset < 0 || length < 0 || entry.offset > room - length) {
      throw new EifException("RPM header: tag " + tag + " lies at " + entry.offset + " of " + room
          + " bytes of data; fetch the package again");
    }
    return dataStart + entry.offset;
  }
}
