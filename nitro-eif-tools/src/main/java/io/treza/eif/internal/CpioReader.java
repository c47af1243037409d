package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.EifException;
import io.treza.eif.EifFinding;
import io.treza.eif.EifRule;
import io.treza.image.FilePath;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Walks the members of newc archives, one after another in one stream, as Linux unpacks a ramdisk:
 * zeros between archives are passed over, an archive starts at a multiple of four.
 *
 * <p>Linux, Documentation/driver-api/early-userspace/buffer-format.rst, and init/initramfs.c. No
 * length is believed: contents are streamed, and a name is at most 4096 bytes.
 */
public final class CpioReader implements Closeable {
  private static final int HEADER_BYTES = 110;
  private static final int NAME_LIMIT = 4096;
  private static final String TRAILER = "TRAILER!!!";

  /** How the walk ended, apart from what is thrown. */
  public enum End {
    /** After a trailer and zeros. */
    WHOLE,
    /** After a member, without a trailer. */
    NO_TRAILER
  }

  /**
   * A member's header.
   *
   * @param offset of the header, from the start of the stream
   * @param mode type and permissions
   */
  public record Member(
      FilePath name,
      long offset,
      long inode,
      int mode,
      long uid,
      long gid,
      long links,
      long mtime,
      long size,
      long deviceMajor,
      long deviceMinor) {}

  private final InputStream in;
  private final String origin;
  private long position;
  private long contentLeft;
  private long memberOffset;
  private boolean open;

  /**
   * Reads {@code in} to its end and closes it.
   *
   * @param origin what to call it in messages
   */
  public CpioReader(InputStream in, String origin) {
    this.in = in;
    this.origin = origin;
  }

  /**
   * The next member, or nothing at the end.
   *
   * @throws EifException with a finding, where the stream is no newc archive
   */
  public Optional<Member> next() throws IOException {
    skipContent();
    while (true) {
      long start = position;
      int first = in.read();
      if (first < 0) {
        return Optional.empty();
      }
      position++;
      if (first == 0) {
        continue;
      }
      Optional<Member> member = header(start, (byte) first);
      if (member.isPresent()) {
        return member;
      }
    }
  }

  /** How the archive ended; to be asked once {@link #next} has returned nothing. */
  public End end() {
    return open ? End.NO_TRAILER : End.WHOLE;
  }

  /** Bytes read so far. */
  public long position() {
    return position;
  }

  /** The header at {@code start}, or nothing if it is a trailer. */
  private Optional<Member> header(long start, byte first) throws IOException {
    byte[] header = new byte[HEADER_BYTES];
    header[0] = first;
    int n = 1 + in.readNBytes(header, 1, HEADER_BYTES - 1);
    position += n - 1;
    String text = new String(header, 0, n, ISO_8859_1);
    boolean magic = "070701".startsWith(text.substring(0, Math.min(n, 6)))
        || "070702".startsWith(text.substring(0, Math.min(n, 6)));
    if (!magic || n < 6) {
      throw error(
          start == 0
              ? EifRule.RAMDISK_NO_ARCHIVE
              : open ? EifRule.RAMDISK_MEMBER : EifRule.RAMDISK_TRAILING_DATA,
          start,
          "no newc header but 0x" + Integer.toHexString(first & 0xff));
    }
    if (n < HEADER_BYTES) {
      throw error(EifRule.RAMDISK_TRUNCATED, start, "ends inside a member's header");
    }
    if (start % 4 != 0) {
      throw error(
          open ? EifRule.RAMDISK_MEMBER : EifRule.RAMDISK_TRAILING_DATA,
          start,
          "a header that is not at a multiple of four");
    }
    long[] fields = new long[13];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = field(text, 6 + 8 * i, start);
    }
    FilePath name = name(fields[11], start);
    if (name.latin1().equals(TRAILER)) {
      contentLeft = fields[6];
      open = false;
      return Optional.empty();
    }
    open = true;
    memberOffset = start;
    contentLeft = fields[6];
    return Optional.of(new Member(
        name,
        start,
        fields[0],
        (int) fields[1],
        fields[2],
        fields[3],
        fields[4],
        fields[5],
        fields[6],
        fields[9],
        fields[10]));
  }

  private long field(String header, int at, long start) throws EifException {
    long value = 0;
    for (int i = at; i < at + 8; i++) {
      int digit = Character.digit(header.charAt(i), 16);
      if (digit < 0 || header.charAt(i) > 'f') {
        throw error(
            EifRule.RAMDISK_MEMBER, start, "a header field that is not hexadecimal, byte " + i);
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private FilePath name(long length, long start) throws IOException {
    if (length < 2 || length > NAME_LIMIT) {
      throw error(EifRule.RAMDISK_NAME, start, "a name of " + length + " bytes, NUL included");
    }
    byte[] bytes = in.readNBytes((int) length);
    position += bytes.length;
    if (bytes.length < length) {
      throw error(EifRule.RAMDISK_TRUNCATED, start, "ends inside a member's name");
    }
    String name = new String(bytes, ISO_8859_1);
    if (name.indexOf(0) != bytes.length - 1) {
      throw error(EifRule.RAMDISK_NAME, start, "a name with a NUL elsewhere than at its end");
    }
    pad();
    return new FilePath(name.substring(0, bytes.length - 1));
  }

  /** The content of the member last returned, which must be read before the next. */
  public InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int start, int length) throws IOException {
        if (contentLeft == 0) {
          return -1;
        }
        int n = in.read(buffer, start, (int) Math.min(length, contentLeft));
        if (n < 0) {
          throw error(
              EifRule.RAMDISK_TRUNCATED,
              memberOffset,
              "ends " + contentLeft + " bytes before its member does");
        }
        position += n;
        contentLeft -= n;
        return n;
      }
    };
  }

  private void skipContent() throws IOException {
    content().transferTo(OutputStream.nullOutputStream());
    pad();
  }

  /** Passes over the zeros up to a multiple of four; at the end of the stream they may be missing. */
  private void pad() throws IOException {
    position += in.readNBytes((int) (-position & 3)).length;
  }

  private EifException error(EifRule rule, long offset, String what) {
    return new EifException(origin, new EifFinding(rule, offset, what));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
