package io.treza.eif;

import io.treza.eif.internal.CpioReader;
import io.treza.eif.internal.Limited;
import io.treza.eif.internal.RamdiskExtractor;
import io.treza.eif.internal.Sha256;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.ImageLimits;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The files in a ramdisk, plain newc or gzip, read as Linux would unpack them and never trusted:
 * nothing is held in memory but names, and nothing is unpacked outside the directory it is meant
 * for.
 */
public final class Ramdisk {
  private static final int BUFFER = 1 << 16;

  private final String name;
  private final Content content;
  private final ImageLimits limits;

  private Ramdisk(String name, Content content, ImageLimits limits) {
    this.name = name;
    this.content = content;
    this.limits = limits;
  }

  /** What a ramdisk's first bytes say it is. */
  public enum Format {
    EMPTY,
    NEWC,
    GZIP,
    /** Compressed in another way that Linux knows: bzip2, xz, lzma, lzo, lz4 or zstd. */
    OTHER_COMPRESSION,
    /** Nothing that Linux unpacks. */
    UNKNOWN
  }

  /** The ramdisk in one section of an EIF. */
  public static Ramdisk of(EifFile eif, EifSection section, ImageLimits limits) {
    return new Ramdisk(eif.path() + ": " + section.name(), eif.content(section), limits);
  }

  /**
   * A ramdisk of its own.
   *
   * @param name what to call it in messages
   */
  public static Ramdisk of(String name, Content content, ImageLimits limits) {
    return new Ramdisk(name, content, limits);
  }

  /** What the first bytes say. */
  public Format format() throws IOException {
    byte[] head;
    try (InputStream in = content.open()) {
      head = in.readNBytes(6);
    }
    String magic = new String(head, StandardCharsets.ISO_8859_1);
    if (magic.isEmpty()) {
      return Format.EMPTY;
    } else if (magic.startsWith("\u001f\u008b")) {
      return Format.GZIP;
    } else if (magic.equals("070701") || magic.equals("070702") || magic.startsWith("\0")) {
      return Format.NEWC;
    }
    // Linux, lib/decompress.c.
    boolean known =
        List.of("BZh", "]\0\0", "\u00fd7zXZ", "\u0089LZO", "\u0002!L\u0018", "(\u00b5/\u00fd")
            .stream()
            .anyMatch(magic::startsWith);
    return known ? Format.OTHER_COMPRESSION : Format.UNKNOWN;
  }

  /**
   * Every member, in the archive's order.
   *
   * @throws EifException with a finding, where the ramdisk is malformed, compressed in a way that is
   *     not supported, or over a limit
   * @throws IOException if it cannot be read
   */
  public List<RamdiskEntry> entries() throws IOException {
    List<RamdiskEntry> entries = new ArrayList<>();
    forEach((entry, in) -> entries.add(hashed(entry, in)));
    return entries;
  }

  /**
   * Unpacks files, directories and links into a new directory, whole or not at all. Device nodes,
   * pipes and sockets are left out; owners, times and set-user-id bits are not kept.
   *
   * @param target which must not exist
   * @return what was left out
   * @throws EifException where the ramdisk is malformed, over a limit, or would write outside
   * @throws IOException if it cannot be read or the files not be written
   */
  public List<RamdiskEntry> extract(Path target) throws IOException {
    return RamdiskExtractor.extract(this, target, name);
  }

  /** What takes the members one by one. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes a member.
     *
     * @param entry the member; if a regular file, its {@code content} is still empty
     * @param in a regular file's content, to be read before this returns; otherwise nothing
     */
    void visit(RamdiskEntry entry, InputStream in) throws IOException;
  }

  /**
   * Hands out every member with its content, in one pass.
   *
   * @return a finding about how the archive ends
   * @throws EifException as {@link #entries} does
   * @throws IOException if it cannot be read, or from {@code visitor}
   */
  public Optional<EifFinding> forEach(Visitor visitor) throws IOException {
    return walk((reader, member) -> {
      RamdiskEntry.Kind kind = kind(member);
      boolean file = kind == RamdiskEntry.Kind.FILE;
      visitor.visit(
          entry(member, kind, file ? "" : shortContent(reader, member, kind)),
          file ? reader.content() : InputStream.nullInputStream());
    });
  }

  private String shortContent(CpioReader reader, CpioReader.Member member, RamdiskEntry.Kind kind)
      throws IOException {
    return switch (kind) {
      case LINK -> target(reader, member);
      case CHARACTER_DEVICE, BLOCK_DEVICE -> member.deviceMajor() + ":" + member.deviceMinor();
      default -> "";
    };
  }

  private String target(CpioReader reader, CpioReader.Member member) throws IOException {
    byte[] target = reader.content().readNBytes(limits.maxPathBytes() + 1);
    String text = new String(target, StandardCharsets.ISO_8859_1);
    if (target.length > limits.maxPathBytes() || text.indexOf(0) >= 0) {
      throw new EifException(
          name,
          new EifFinding(
              EifRule.RAMDISK_NAME,
              member.offset(),
              "a link target with a NUL or over " + limits.maxPathBytes() + " bytes"));
    }
    return text;
  }

  /** The entry with the hash of its content, if it is a regular file. */
  static RamdiskEntry hashed(RamdiskEntry entry, InputStream in) throws IOException {
    if (entry.kind() != RamdiskEntry.Kind.FILE) {
      return entry;
    }
    return entry.withContent(Sha256.hex(in));
  }

  @FunctionalInterface
  private interface Step {
    void take(CpioReader reader, CpioReader.Member member) throws IOException;
  }

  private Optional<EifFinding> walk(Step step) throws IOException {
    Format format = format();
    if (format == Format.UNKNOWN || format == Format.OTHER_COMPRESSION) {
      EifRule rule =
          format == Format.UNKNOWN ? EifRule.RAMDISK_NO_ARCHIVE : EifRule.RAMDISK_COMPRESSION;
      throw new EifException(name, new EifFinding(rule, 0, "no newc archive, plain or gzip"));
    }
    int count = 0;
    try (CpioReader reader = new CpioReader(open(format), name)) {
      for (Optional<CpioReader.Member> m = reader.next(); m.isPresent(); m = reader.next()) {
        CpioReader.Member member = m.get();
        if (++count > limits.maxEntries()) {
          throw new EifException(
              name + ": more than " + limits.maxEntries() + " members; raise the limit if meant");
        }
        if (member.name().latin1().length() > limits.maxPathBytes()) {
          throw new EifException(
              name,
              new EifFinding(
                  EifRule.RAMDISK_NAME,
                  member.offset(),
                  "a name over " + limits.maxPathBytes() + " bytes"));
        }
        step.take(reader, member);
      }
      return reader.end() == CpioReader.End.WHOLE
          ? Optional.empty()
          : Optional.of(new EifFinding(
              EifRule.RAMDISK_TRAILER, reader.position(), "no trailer after the last member"));
    } catch (ZipException | EOFException e) {
      throw new EifException(
          name,
          new EifFinding(EifRule.RAMDISK_TRUNCATED, 0, "damaged gzip data: " + e.getMessage()));
    }
  }

  private InputStream open(Format format) throws IOException {
    InputStream in = content.open();
    try {
      InputStream plain = format == Format.GZIP
          ? new GZIPInputStream(in, BUFFER)
          : new BufferedInputStream(in, BUFFER);
      return new Limited(plain, limits.maxBytes(), name);
    } catch (ZipException | EOFException e) {
      in.close();
      throw new EifException(
          name, new EifFinding(EifRule.RAMDISK_TRUNCATED, 0, "damaged gzip data"));
    }
  }

  private static RamdiskEntry.Kind kind(CpioReader.Member member) throws EifException {
    return Arrays.stream(RamdiskEntry.Kind.values())
        .filter(k -> k.bits() == (member.mode() & 0170000))
        .findFirst()
        .orElseThrow(() -> new EifException(
            member.name().toString(),
            new EifFinding(
                EifRule.RAMDISK_MEMBER,
                member.offset(),
                "file type 0" + Integer.toOctalString(member.mode()))));
  }

  private static RamdiskEntry entry(
      CpioReader.Member member, RamdiskEntry.Kind kind, String content) {
    FileEntry.Owner owner = new FileEntry.Owner(member.mode() & 07777, member.uid(), member.gid());
    return new RamdiskEntry(
        member.name(),
        kind,
        owner,
        member.mtime(),
        member.size(),
        member.inode(),
        member.links(),
        content);
  }
}
