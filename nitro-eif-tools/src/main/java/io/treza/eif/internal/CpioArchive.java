package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A cpio archive in the "newc" format Linux unpacks at boot (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst), the same bytes for the same entries,
 * made as it is read and padded with zeros to a multiple of 512 bytes.
 *
 * <p>Inode numbers, device numbers and the final padding are those of the linuxkit ramdisks
 * nitro-cli ships. The names of a hard-linked file share an inode number, and the last one carries
 * the content, as Linux's own usr/gen_init_cpio.c has it.
 */
public final class CpioArchive implements Content {
  private static final long MAX_FIELD = 0xffff_ffffL;
  private static final int FIRST_INODE = 721;
  private static final int BLOCK = 512;
  // Linux, init/initramfs.c: silently skips longer names, terminator included, and link targets.
  private static final int PATH_MAX = 4096;
  private static final Content NOTHING = Content.of(new byte[0]);

  private final List<CpioMember> entries;
  private final Map<FilePath, Links> links = new HashMap<>();
  private final long size;

  /**
   * Lays out an archive of {@code entries}, in their order.
   *
   * @throws EifException if a name, number or content is larger than the format has room for
   */
  public CpioArchive(List<CpioMember> entries) throws EifException {
    this.entries = List.copyOf(entries);
    for (CpioMember entry : entries) {
      if (entry.node() instanceof FileNode.HardLink link) {
        links.merge(
            link.first(),
            new Links(1, entry.name()),
            (before, added) -> new Links(before.count + 1, added.last));
      }
    }
    Members members = new Members();
    while (!members.next().isEmpty()) {
      // Each is checked and counted as it is laid out.
    }
    this.size = members.position;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public InputStream open() {
    return new Stream(new Members());
  }

  @Override
  public String toString() {
    return "ramdisk of " + entries.size() + " entries";
  }

  /** What the further names of a file are: how many, and the last. */
  private record Links(int count, FilePath last) {}

  /** A file with further names to come. */
  private record LinkedFile(int inode, Content content) {}

  /** What differs between kinds of files: type bits of the mode, device numbers and content. */
  private record Kind(int type, int major, int minor, Content content) {
    Kind(int type, Content content) {
      this(type, 0, 0, content);
    }

    static Kind of(FileNode node) {
      if (node instanceof FileNode.Directory) {
        return new Kind(0040000, NOTHING);
      } else if (node instanceof FileNode.SymbolicLink link) {
        return new Kind(0120000, Content.of(link.target().bytes()));
      } else if (node instanceof FileNode.Device device) {
        int type = device.block() ? 0060000 : 0020000;
        return new Kind(type, device.major(), device.minor(), NOTHING);
      } else if (node instanceof FileNode.Regular file) {
        return new Kind(0100000, file.content());
      }
      return new Kind(0010000, NOTHING);
    }
  }

  /** A run of bytes that belongs to the member at {@code path}. */
  private record Piece(FilePath path, Content content) {}

  /** Lays out one member after the other. */
  private final class Members {
    private final Iterator<CpioMember> rest = entries.iterator();
    private final Map<FilePath, LinkedFile> linkedFiles = new HashMap<>();
    private int inode = FIRST_INODE;
    private long position;
    private boolean ended;

    /** The pieces of the next member; none after the trailer. */
    List<Piece> next() throws EifException {
      if (rest.hasNext()) {
        return member(rest.next());
      }
      if (ended) {
        return List.of();
      }
      ended = true;
      FilePath trailer = FilePath.of("TRAILER!!!");
      return List.of(header(trailer, inode, 0, 0, 0, 1, 0, 0, 3, 1, 0, 0), padding(trailer, BLOCK));
    }

    private List<Piece> member(CpioMember entry) throws EifException {
      FilePath path = entry.name();
      if (entry.node() instanceof FileNode.HardLink link) {
        LinkedFile file = linkedFiles.get(link.first());
        Links names = links.get(link.first());
        if (file == null || names == null) {
          throw new IllegalArgumentException(
              path + ": a link to " + link.first() + ", which is no file before it");
        }
        Content content = path.equals(names.last) ? file.content : NOTHING;
        return member(entry, file.inode, names.count + 1, new Kind(0100000, content));
      } else if (entry.node() instanceof FileNode.Regular file && links.get(path) != null) {
        linkedFiles.put(path, new LinkedFile(inode, file.content()));
        return member(entry, inode++, links.get(path).count + 1, new Kind(0100000, NOTHING));
      }
      Kind kind = Kind.of(entry.node());
      return member(entry, inode++, kind.type == 0040000 ? 2 : 1, kind);
    }

    private List<Piece> member(CpioMember entry, int number, int linkCount, Kind kind)
        throws EifException {
      FilePath path = entry.name();
      FileEntry.Owner owner = entry.owner();
      check(entry, kind.content.size());
      Piece header = header(
          path,
          number,
          kind.type | owner.permissions(),
          owner.uid(),
          owner.gid(),
          linkCount,
          entry.mtime(),
          kind.content.size(),
          3, // the device the archive was made on, major
          1, // and minor
          kind.major,
          kind.minor);
      position += kind.content.size();
      return List.of(header, new Piece(path, kind.content), padding(path, 4));
    }

    /** The fields in the format's order, name length and an unused checksum last; then the name. */
    private Piece header(FilePath path, long... fields) {
      StringBuilder header = new StringBuilder("070701");
      HexFormat hex = HexFormat.of();
      for (long field : fields) {
        header.append(hex.toHexDigits(field, 8));
      }
      header.append(hex.toHexDigits(path.latin1().length() + 1L, 8)).append("00000000");
      header.append(path.latin1()).append('\0');
      header.append("\0".repeat(missing(header.length(), 4)));
      position += header.length();
      return new Piece(path, Content.of(header.toString().getBytes(ISO_8859_1)));
    }

    private Piece padding(FilePath path, int multiple) {
      byte[] zeros = new byte[missing(position, multiple)];
      position += zeros.length;
      return new Piece(path, Content.of(zeros));
    }

    private static int missing(long length, int multiple) {
      return (int) (-length & (multiple - 1));
    }
  }

  private static void check(CpioMember entry, long size) throws EifException {
    FilePath path = entry.name();
    FileEntry.Owner owner = entry.owner();
    if (path.latin1().length() >= PATH_MAX) {
      throw new EifException(path + ": longer than the 4095 bytes Linux unpacks; shorten it");
    }
    if (entry.node() instanceof FileNode.SymbolicLink && size > PATH_MAX) {
      throw new EifException(path + ": link target over the 4096 bytes Linux unpacks; shorten it");
    }
    if (size > MAX_FIELD) {
      throw new EifException(path + ": " + size + " bytes; cpio holds files under 4 GiB, split it");
    }
    if (owner.uid() > MAX_FIELD || owner.gid() > MAX_FIELD || owner.uid() < 0 || owner.gid() < 0) {
      throw new EifException(
          path + ": owner " + owner.uid() + ":" + owner.gid() + " does not fit 32 bits");
    }
    if (entry.mtime() < 0 || entry.mtime() > MAX_FIELD) {
      throw new EifException(path + ": file time " + entry.mtime()
          + " does not fit cpio's unsigned 32 bits; set one between 1970 and 2106");
    }
  }

  /** Reads piece after piece, one open at a time. */
  private static final class Stream extends InputStream {
    private final Members members;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private InputStream in = InputStream.nullInputStream();
    private long delivered;

    Stream(Members members) {
      this.members = members;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int n = in.read(buffer, offset, length);
      while (n < 0) {
        if (!advance()) {
          return -1;
        }
        n = in.read(buffer, offset, length);
      }
      delivered += n;
      return n;
    }

    /** Opens the next piece, if there is one, once the current one has proved complete. */
    private boolean advance() throws IOException {
      in.close();
      in = InputStream.nullInputStream();
      Piece done = pieces.poll();
      if (done != null && done.content.size() != delivered) {
        throw new IOException(done.path + ": changed while being read, from " + done.content.size()
            + " to " + delivered + " bytes; build again");
      }
      delivered = 0;
      if (pieces.isEmpty()) {
        pieces.addAll(members.next());
      }
      Piece next = pieces.peek();
      if (next != null) {
        in = next.content.open();
      }
      return next != null;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
