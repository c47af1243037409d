package io.treza.eif;

import io.treza.image.FileEntry;
import io.treza.image.FilePath;

/**
 * One member of a ramdisk.
 *
 * @param path as the archive names it
 * @param kind what it is
 * @param owner permissions and owner
 * @param mtime seconds since the epoch, 0 to 4294967295
 * @param size bytes of content in the archive; all but the last name of a hard-linked file have none
 * @param inode the archive's number; with {@code links} over one, names of one file share it
 * @param links names the file has
 * @param content SHA-256 of a regular file in hex, target of a link, {@code major:minor} of a device,
 *     empty for the rest
 */
public record RamdiskEntry(
    FilePath path,
    Kind kind,
    FileEntry.Owner owner,
    long mtime,
    long size,
    long inode,
    long links,
    String content) {
  /** This entry with its content known. */
  RamdiskEntry withContent(String known) {
    return new RamdiskEntry(path, kind, owner, mtime, size, inode, links, known);
  }

  /** Kinds of files, by the type bits of their mode. */
  public enum Kind {
    FIFO(0010000, 'p'),
    CHARACTER_DEVICE(0020000, 'c'),
    DIRECTORY(0040000, 'd'),
    BLOCK_DEVICE(0060000, 'b'),
    FILE(0100000, '-'),
    LINK(0120000, 'l'),
    SOCKET(0140000, 's');

    private final int bits;
    private final char letter;

    Kind(int bits, char letter) {
      this.bits = bits;
      this.letter = letter;
    }

    /** The type bits of the mode. */
    public int bits() {
      return bits;
    }

    /** The letter that {@code ls -l} shows. */
    public char letter() {
      return letter;
    }
  }
}
