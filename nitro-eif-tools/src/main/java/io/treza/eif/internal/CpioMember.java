package io.treza.eif.internal;

import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;

/**
 * What one member of an archive is to say.
 *
 * @param name as it is written, byte for byte
 * @param mtime seconds since 1970, which fit if 0 to 4294967295
 */
public record CpioMember(FilePath name, FileEntry.Owner owner, FileNode node, long mtime) {
  /** A member that says what {@code entry} does, but the time. */
  public static CpioMember of(FileEntry entry, long mtime) {
    return new CpioMember(entry.path(), entry.owner(), entry.node(), mtime);
  }
}
