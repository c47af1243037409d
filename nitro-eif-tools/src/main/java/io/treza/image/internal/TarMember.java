package io.treza.image.internal;

import io.treza.image.FilePath;
import java.util.Optional;

/**
 * One member of a tar archive, its extended headers applied.
 *
 * @param type POSIX type flag, {@code '0'} to {@code '6'}
 * @param name as written, slashes and dots included
 * @param linkName target of a hard or symbolic link; otherwise of no meaning
 * @param header numbers of the member's header
 * @param offset first byte of the content, from the start of the archive
 * @param size bytes of content, zero unless {@code type} is {@code '0'}
 */
public record TarMember(
    char type, FilePath name, FilePath linkName, Header header, long offset, long size) {
  public static final char REGULAR = '0';
  public static final char HARD_LINK = '1';
  public static final char SYMBOLIC_LINK = '2';
  public static final char CHARACTER_DEVICE = '3';
  public static final char BLOCK_DEVICE = '4';
  public static final char DIRECTORY = '5';
  public static final char FIFO = '6';

  private static final Header IMPLIED = new Header(0755, 0, 0, 0, 0, 0, Optional.empty());

  /**
   * What is the same for every kind of file.
   *
   * @param mtime seconds since 1970, rounded down
   * @param capability the extended attribute {@code security.capability}, each byte a char
   *     (ISO-8859-1), where there is one
   */
  public record Header(
      int mode,
      long uid,
      long gid,
      long mtime,
      int deviceMajor,
      int deviceMinor,
      Optional<String> capability) {}

  /** A directory that only the names of others tell of: root's, 0755, as old as can be. */
  public static TarMember impliedDirectory(FilePath name) {
    return new TarMember(DIRECTORY, name, name, IMPLIED, 0, 0);
  }
}
