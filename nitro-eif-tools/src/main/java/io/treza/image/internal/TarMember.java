package io.treza.image.internal;

import io.treza.image.FilePath;

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

  /**
   * The numbers that are the same for every kind of file.
   *
   * @param mtime seconds since 1970, rounded down
   */
  public record Header(
      int mode, long uid, long gid, long mtime, int deviceMajor, int deviceMinor) {}
}
