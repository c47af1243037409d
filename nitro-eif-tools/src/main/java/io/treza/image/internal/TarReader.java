package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.image.Content;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists the members of a tar archive: v7, ustar, pax (POSIX.1-2001) and GNU, names as raw bytes.
 *
 * <p>Libraries decode names: one that is not UTF-8 in a pax header comes out of commons-compress
 * with its bytes replaced, so two files can become one. Where readers differ, this one takes what
 * Go's {@code archive/tar} takes, because that is what container engines see; what it does not
 * know, it refuses.
 */
public final class TarReader implements Closeable {
  private static final int BLOCK = 512;
  private static final int MAX_EXTENDED_HEADER = 1 << 20;
  // Seconds, and a fraction if it is not all zeros.
  private static final Pattern PAX_TIME =
      Pattern.compile("(-?[0-9]{1,18})(?:\\.0*([1-9][0-9]*)?)?");
  // Readers differ in which one they take.
  private static final String TWICE = "several extended headers for one member say the same";

  private final InputStream in;
  private final long end;
  private final String origin;
  private final InputStream content = new MemberContent();
  private long position;
  private Pending pending = new Pending("", 0, 0);

  /** What is left of the content of the member that was last listed. */
  private static final class Pending {
    private final String name;
    private final long start;
    private final long size;
    private long left;

    Pending(String name, long start, long size) {
      this.name = name;
      this.start = start;
      this.size = size;
      this.left = size;
    }
  }

  /**
   * Opens {@code archive}.
   *
   * @param origin what to call the archive in messages
   */
  public TarReader(Content archive, String origin) throws IOException {
    this(archive.open(), archive.size(), origin);
  }

  /**
   * Reads an archive that can be read but once.
   *
   * @param in closed with this
   * @param origin what to call the archive in messages
   */
  public TarReader(InputStream in, String origin) {
    this(in, Long.MAX_VALUE, origin);
  }

  private TarReader(InputStream in, long end, String origin) {
    this.in = in;
    this.end = end;
    this.origin = origin;
  }

  /** The next member, or nothing at the archive's end. */
  public Optional<TarMember> next() throws IOException {
    skipContent();
    Map<String, String> extended = new HashMap<>();
    while (true) {
      long start = position;
      byte[] block = readBlock();
      if (block.length == 0 || isZero(block)) {
        if (!extended.isEmpty()) {
          throw error(start, "extended header without a member after it");
        }
        return Optional.empty();
      }
      checkSum(block, start);
      long size = number(block, 124, 12, start);
      char type = (char) (block[156] & 0xff);
      switch (type) {
        case 'x' -> {
          if (!extended.isEmpty()) {
            throw error(start, TWICE);
          }
          readPax(extendedHeader(size, start), start, extended);
        }
        case 'g' -> readGlobalPax(extendedHeader(size, start), start);
        case 'L' -> readGnu("path", extendedHeader(size, start), start, extended);
        case 'K' -> readGnu("linkpath", extendedHeader(size, start), start, extended);
        default -> {
          return Optional.of(member(block, type, size, extended, start));
        }
      }
    }
  }

  private TarMember member(
      byte[] block, char typeFlag, long headerSize, Map<String, String> extended, long start)
      throws IOException {
    String name = extended.getOrDefault("path", nameOf(block));
    char type = switch (typeFlag) {
      // v7 archives mark a directory by its name alone.
      case 0 -> name.endsWith("/") ? TarMember.DIRECTORY : TarMember.REGULAR;
      case '7' -> TarMember.REGULAR;
      default -> typeFlag;
    };
    if (type == 'S' || extended.keySet().stream().anyMatch(k -> k.startsWith("GNU.sparse."))) {
      throw error(start, name, "sparse file; rebuild the layer without sparse files");
    }
    if (type < TarMember.REGULAR || type > TarMember.FIFO) {
      throw error(start, name, "member type 0x" + Integer.toHexString(type) + " is not supported");
    }
    long size = decimal(extended, "size", headerSize, start);
    // As in Go, only regular files have content, whatever the size field of a link says.
    long contentSize = type == TarMember.REGULAR ? size : 0;
    TarMember.Header header = new TarMember.Header(
        (int) number(block, 100, 8, start) & 07777,
        decimal(extended, "uid", number(block, 108, 8, start), start),
        decimal(extended, "gid", number(block, 116, 8, start), start),
        mtime(extended, block, start),
        deviceNumber(block, 329, type, start),
        deviceNumber(block, 337, type, start),
        Optional.ofNullable(extended.get("SCHILY.xattr.security.capability")));
    pending = new Pending(name, start, contentSize);
    if (contentSize > end - position) {
      throw cutShort();
    }
    try {
      FilePath link = new FilePath(extended.getOrDefault("linkpath", field(block, 157, 100)));
      return new TarMember(type, new FilePath(name), link, header, position, contentSize);
    } catch (IllegalArgumentException e) {
      throw error(start, "a NUL in the member's name or link target", e);
    }
  }

  /** What is left of the content of the member last listed, until the next one is. */
  public InputStream content() {
    return content;
  }

  /** Ends where the member's content does. */
  private final class MemberContent extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (pending.left == 0) {
        return -1;
      }
      int n = in.read(buffer, offset, (int) Math.min(length, pending.left));
      if (n < 0) {
        throw cutShort();
      }
      pending.left -= n;
      position += n;
      return n;
    }
  }

  private void skipContent() throws IOException {
    try {
      in.skipNBytes(pending.left);
    } catch (EOFException e) {
      throw cutShort();
    }
    position += pending.left;
    pending.left = 0;
    skipPadding(pending.size);
    pending = new Pending("", 0, 0);
  }

  private ImageException cutShort() {
    return error(
        pending.start,
        pending.name,
        "its " + pending.size + " bytes of content go past the archive's end; it was cut short");
  }

  /** Skips to the next block; the padding of what is last in an archive may be missing. */
  private void skipPadding(long size) throws IOException {
    position += in.readNBytes((int) (-size & (BLOCK - 1))).length;
  }

  private static String nameOf(byte[] block) {
    String name = field(block, 0, 100);
    // GNU archives ("ustar  ") keep other things where POSIX keeps the prefix.
    boolean posix = field(block, 257, 6).equals("ustar");
    String prefix = posix ? field(block, 345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private byte[] extendedHeader(long size, long start) throws IOException {
    if (size > MAX_EXTENDED_HEADER) {
      throw error(start, "extended header of " + size + " bytes; at most " + MAX_EXTENDED_HEADER);
    }
    byte[] data = in.readNBytes((int) size);
    position += data.length;
    if (data.length < size) {
      throw error(start, "the archive ends inside an extended header; it was cut short");
    }
    skipPadding(size);
    return data;
  }

  private void readGnu(String key, byte[] data, long start, Map<String, String> into)
      throws ImageException {
    if (into.put(key, untilNul(data)) != null) {
      throw error(start, TWICE);
    }
  }

  /** Reads records of the form {@code "%d %s=%s\n"} (POSIX.1-2001, pax, "Extended Header"). */
  private void readPax(byte[] data, long start, Map<String, String> into) throws ImageException {
    String text = new String(data, ISO_8859_1);
    int at = 0;
    while (at < text.length()) {
      int space = text.indexOf(' ', at);
      int equals = text.indexOf('=', at);
      long length =
          space < 0 ? -1 : parse(text.substring(at, space), 10, start, "pax record length");
      if (length > text.length() - at
          || equals < space
          || equals >= at + length - 1
          || text.charAt((int) (at + length - 1)) != '\n') {
        throw error(start, "malformed pax record at byte " + at + " of the extended header");
      }
      String key = text.substring(space + 1, equals);
      String value = text.substring(equals + 1, (int) (at + length - 1));
      // An empty value takes back what was said before, as in Go.
      if (value.isEmpty()) {
        into.remove(key);
      } else {
        into.put(key, value);
      }
      at += (int) length;
    }
  }

  /** Git writes a comment here; what would change members is refused, since Go ignores it. */
  private void readGlobalPax(byte[] data, long start) throws ImageException {
    Map<String, String> records = new HashMap<>();
    readPax(data, start, records);
    for (String key : records.keySet()) {
      if (key.equals("path")
          || key.equals("linkpath")
          || key.equals("size")
          || key.equals("uid")
          || key.equals("gid")
          || key.startsWith("GNU.sparse.")) {
        throw error(start, "global pax header sets " + key + ", which is not supported");
      }
    }
  }

  private int deviceNumber(byte[] block, int offset, char type, long start) throws ImageException {
    boolean device = type == TarMember.CHARACTER_DEVICE || type == TarMember.BLOCK_DEVICE;
    long number = device ? number(block, offset, 8, start) : 0;
    if (number > Integer.MAX_VALUE) {
      throw error(start, "device number " + number + " is out of range");
    }
    return (int) number;
  }

  private long decimal(Map<String, String> extended, String key, long otherwise, long start)
      throws ImageException {
    String text = extended.get(key);
    return text == null ? otherwise : parse(text, 10, start, "pax " + key);
  }

  /** Time may have a fraction and a sign, in pax, or a sign alone, in GNU's base 256. */
  private long mtime(Map<String, String> extended, byte[] block, long start) throws ImageException {
    String text = extended.get("mtime");
    if (text != null) {
      Matcher time = PAX_TIME.matcher(text);
      if (!time.matches()) {
        throw error(start, "pax mtime is no time: \"" + text + "\"");
      }
      boolean roundsDown = text.startsWith("-") && time.group(2) != null;
      return Long.parseLong(time.group(1)) - (roundsDown ? 1 : 0);
    }
    if (block[136] >= 0) {
      return number(block, 136, 12, start);
    }
    // Of the first byte, bit 7 marks the form and bit 6 is the sign.
    boolean negative = (block[136] & 0x40) != 0;
    BigInteger seconds =
        negative ? new BigInteger(block, 136, 12) : new BigInteger(1, block, 136, 12).clearBit(95);
    if (seconds.bitLength() > 63) {
      throw error(start, "number out of range at byte 136 of the header");
    }
    return seconds.longValue();
  }

  /** A number field: octal digits, or GNU's base 256 if the first bit is set. */
  private long number(byte[] block, int offset, int length, long start) throws ImageException {
    if (block[offset] >= 0) {
      String digits = field(block, offset, length).strip();
      return digits.isEmpty() ? 0 : parse(digits, 8, start, "header field at byte " + offset);
    }
    long value = block[offset] & 0x7f;
    for (int i = 1; i < length; i++) {
      if (value > Long.MAX_VALUE >> 8) {
        throw error(start, "number out of range at byte " + offset + " of the header");
      }
      value = (value << 8) | (block[offset + i] & 0xff);
    }
    return value;
  }

  private long parse(String digits, int radix, long start, String what) throws ImageException {
    try {
      long value = Long.parseLong(digits, radix);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw error(start, what + " is not a number: \"" + digits + "\"", e);
    }
    throw error(start, what + " is negative: " + digits);
  }

  private void checkSum(byte[] block, long start) throws ImageException {
    String digits = field(block, 148, 8).strip();
    long stated = digits.matches("[0-7]+") ? Long.parseLong(digits, 8) : -1;
    // POSIX sums unsigned bytes; some old writers summed signed ones.
    long unsigned = 8 * ' ';
    long signed = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      if (i < 148 || i >= 156) {
        unsigned += block[i] & 0xff;
        signed += block[i];
      }
    }
    if (stated != unsigned && stated != signed) {
      throw error(start, "header checksum does not match; this is no tar archive or is damaged");
    }
  }

  private byte[] readBlock() throws IOException {
    byte[] block = in.readNBytes(BLOCK);
    if (block.length != 0 && block.length != BLOCK) {
      throw error(position, "the archive ends inside a header; it was cut short");
    }
    position += block.length;
    return block;
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static String field(byte[] block, int offset, int length) {
    return untilNul(Arrays.copyOfRange(block, offset, offset + length));
  }

  private static String untilNul(byte[] bytes) {
    String text = new String(bytes, ISO_8859_1);
    int nul = text.indexOf(0);
    return nul < 0 ? text : text.substring(0, nul);
  }

  private ImageException error(long start, String name, String what) {
    return error(start, "\"" + name + "\": " + what);
  }

  private ImageException error(long start, String what) {
    return new ImageException(origin + ": tar header at byte " + start + ": " + what);
  }

  private ImageException error(long start, String what, Exception cause) {
    return new ImageException(origin + ": tar header at byte " + start + ": " + what, cause);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
