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
import java.util.Locale;

/**
 * Writes a cpio archive in the "newc" format Linux unpacks at boot (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst), the same bytes for the same entries.
 *
 * <p>Inode numbers, device numbers and the final padding are those of the linuxkit ramdisks
 * nitro-cli ships.
 */
public final class CpioWriter {
  private static final long MAX_FIELD = 0xffff_ffffL;
  private static final int FIRST_INODE = 721;
  private static final int BLOCK = 512;
  // Linux, init/initramfs.c: silently skips longer names, terminator included, and link targets.
  private static final int PATH_MAX = 4096;

  private final OutputStream out;
  private final long mtime;
  private int inode = FIRST_INODE;
  private long position;

  /**
   * Starts an archive.
   *
   * @param mtime seconds since the epoch that every entry carries, 0 to 4294967295
   */
  public CpioWriter(OutputStream out, long mtime) {
    if (mtime < 0 || mtime > MAX_FIELD) {
      throw new IllegalArgumentException(
          "modification time " + mtime + " does not fit cpio's unsigned 32 bits");
    }
    this.out = out;
    this.mtime = mtime;
  }

  private record Kind(int type, int major, int minor, Content content) {}

  /**
   * Appends an entry.
   *
   * @throws EifException if the name, a number or the content is larger than the format has room for
   */
  public void write(FileEntry entry) throws IOException {
    Kind kind = kindOf(entry.node());
    FileEntry.Owner owner = entry.owner();
    FilePath path = entry.path();
    if (path.latin1().length() >= PATH_MAX) {
      throw new EifException(path + ": longer than the 4095 bytes Linux unpacks; shorten it");
    }
    if (entry.node() instanceof FileNode.SymbolicLink && kind.content.size() > PATH_MAX) {
      throw new EifException(path + ": link target over the 4096 bytes Linux unpacks; shorten it");
    }
    if (kind.content.size() > MAX_FIELD) {
      throw new EifException(
          path + ": " + kind.content.size() + " bytes; cpio holds files under 4 GiB, split it");
    }
    if (owner.uid() > MAX_FIELD || owner.gid() > MAX_FIELD || owner.uid() < 0 || owner.gid() < 0) {
      throw new EifException(
          path + ": owner " + owner.uid() + ":" + owner.gid() + " does not fit 32 bits");
    }
    header(path, kind.type | owner.permissions(), owner, mtime, kind);
    copy(path, kind.content);
    pad(4);
  }

  /** Ends the archive, padded with zeros to a multiple of 512 bytes; leaves the stream open. */
  public void finish() throws IOException {
    header(
        FilePath.of("TRAILER!!!"),
        0,
        FileEntry.Owner.root(0),
        0,
        new Kind(0, 0, 0, Content.of(new byte[0])));
    pad(BLOCK);
    out.flush();
  }

  private static Kind kindOf(FileNode node) {
    Content none = Content.of(new byte[0]);
    if (node instanceof FileNode.Regular file) {
      return new Kind(0100000, 0, 0, file.content());
    } else if (node instanceof FileNode.Directory) {
      return new Kind(0040000, 0, 0, none);
    } else if (node instanceof FileNode.SymbolicLink link) {
      return new Kind(0120000, 0, 0, Content.of(link.target().bytes()));
    } else if (node instanceof FileNode.Device device) {
      return new Kind(device.block() ? 0060000 : 0020000, device.major(), device.minor(), none);
    }
    return new Kind(0010000, 0, 0, none);
  }

  private void header(FilePath path, int mode, FileEntry.Owner owner, long time, Kind kind)
      throws IOException {
    long[] fields = {
      inode++,
      mode,
      owner.uid(),
      owner.gid(),
      (mode & 0170000) == 0040000 ? 2 : 1, // links
      time,
      kind.content.size(),
      3, // device the archive was made on, major
      1, // and minor
      kind.major,
      kind.minor,
      path.latin1().length() + 1,
      0 // checksum, unused in newc
    };
    StringBuilder header = new StringBuilder("070701");
    for (long field : fields) {
      header.append(String.format(Locale.ROOT, "%08x", field));
    }
    put(header.toString().getBytes(US_ASCII));
    put(path.bytes());
    put(new byte[1]);
    pad(4);
  }

  private void copy(FilePath path, Content content) throws IOException {
    try (InputStream in = content.open()) {
      long copied = in.transferTo(out);
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
  }

  private void pad(int multiple) throws IOException {
    put(new byte[(int) (-position & (multiple - 1))]);
  }

  private void put(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
  }
}
