package io.treza.eif.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a cpio archive in the "newc" format Linux unpacks at boot (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst), the same bytes for the same entries.
 *
 * <p>Inode numbers, device numbers and the final padding are those of the linuxkit ramdisks
 * nitro-cli ships. The names of a hard-linked file share an inode number, and the last one carries
 * the content, as Linux's own usr/gen_init_cpio.c has it.
 */
public final class CpioWriter {
  private static final long MAX_FIELD = 0xffff_ffffL;
  private static final int FIRST_INODE = 721;
  private static final int BLOCK = 512;
  // Linux, init/initramfs.c: silently skips longer names, terminator included, and link targets.
  private static final int PATH_MAX = 4096;
  private static final Content NOTHING = Content.of(new byte[0]);

  private final OutputStream out;
  private final long mtime;
  private final Map<FilePath, Links> links;
  private final Map<FilePath, LinkedFile> linkedFiles = new HashMap<>();
  private int inode = FIRST_INODE;
  private long position;

  private CpioWriter(OutputStream out, long mtime, Map<FilePath, Links> links) {
    this.out = out;
    this.mtime = mtime;
    this.links = links;
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
  }

  /**
   * Writes an archive of {@code entries} and pads it with zeros to a multiple of 512 bytes.
   *
   * @param mtime seconds since the epoch that every entry carries, 0 to 4294967295
   * @param out left open
   * @throws EifException if a name, number or content is larger than the format has room for
   */
  public static void write(List<FileEntry> entries, long mtime, OutputStream out)
      throws IOException {
    if (mtime < 0 || mtime > MAX_FIELD) {
      throw new EifException("file time " + mtime + " does not fit cpio's unsigned 32 bits");
    }
    Map<FilePath, Links> links = new HashMap<>();
    for (FileEntry entry : entries) {
      if (entry.node() instanceof FileNode.HardLink link) {
        links.merge(
            link.first(),
            new Links(1, entry.path()),
            (before, added) -> new Links(before.count + 1, added.last));
      }
    }
    CpioWriter writer = new CpioWriter(out, mtime, links);
    for (FileEntry entry : entries) {
      writer.write(entry);
    }
    writer.trailer();
    out.flush();
  }

  private void write(FileEntry entry) throws IOException {
    FilePath path = entry.path();
    if (entry.node() instanceof FileNode.HardLink link) {
      LinkedFile file = linkedFiles.get(link.first());
      Links names = links.get(link.first());
      if (file == null || names == null) {
        throw new IllegalArgumentException(
            path + ": a link to " + link.first() + ", which is no file before it");
      }
      Content content = path.equals(names.last) ? file.content : NOTHING;
      append(entry, file.inode, names.count + 1, new Kind(0100000, content));
    } else if (entry.node() instanceof FileNode.Regular file && links.get(path) != null) {
      linkedFiles.put(path, new LinkedFile(inode, file.content()));
      append(entry, inode++, links.get(path).count + 1, new Kind(0100000, NOTHING));
    } else {
      Kind kind = kindOf(entry.node());
      append(entry, inode++, kind.type == 0040000 ? 2 : 1, kind);
    }
  }

  private static Kind kindOf(FileNode node) {
    if (node instanceof FileNode.Directory) {
      return new Kind(0040000, NOTHING);
    } else if (node instanceof FileNode.SymbolicLink link) {
      return new Kind(0120000, Content.of(link.target().bytes()));
    } else if (node instanceof FileNode.Device device) {
      return new Kind(device.block() ? 0060000 : 0020000, device.major(), device.minor(), NOTHING);
    } else if (node instanceof FileNode.Regular file) {
      return new Kind(0100000, file.content());
    }
    return new Kind(0010000, NOTHING);
  }

  private void append(FileEntry entry, int number, int linkCount, Kind kind) throws IOException {
    FilePath path = entry.path();
    FileEntry.Owner owner = entry.owner();
    long size = kind.content.size();
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
    header(
        path,
        number,
        kind.type | owner.permissions(),
        owner.uid(),
        owner.gid(),
        linkCount,
        mtime,
        size,
        3, // the device the archive was made on, major
        1, // and minor
        kind.major,
        kind.minor);
    copy(path, kind.content);
    pad(4);
  }

  private void trailer() throws IOException {
    header(FilePath.of("TRAILER!!!"), inode, 0, 0, 0, 1, 0, 0, 3, 1, 0, 0);
    pad(BLOCK);
  }

  /** Writes the fields in the format's order; name length and an unused checksum come last. */
  private void header(FilePath path, long... fields) throws IOException {
    StringBuilder header = new StringBuilder("070701");
    for (long field : fields) {
      header.append(hex(field));
    }
    header.append(hex(path.latin1().length() + 1)).append(hex(0));
    put(header.toString().getBytes(US_ASCII));
    put(path.bytes());
    put(new byte[1]);
    pad(4);
  }

  private static String hex(long field) {
    return String.format(Locale.ROOT, "%08x", field);
  }

  private void copy(FilePath path, Content content) throws IOException {
    long copied;
    try (InputStream in = content.open()) {
      copied = in.transferTo(out);
    }
    position += copied;
    if (copied != content.size()) {
      throw new IOException(path
          + ": changed while being read, from "
          + content.size()
          + " to "
          + copied
          + " bytes; build again");
    }
  }

  private void pad(int multiple) throws IOException {
    put(new byte[(int) (-position & (multiple - 1))]);
  }

  private void put(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
  }
}
