package io.treza.image;

/** What a name in a file system stands for. */
public sealed interface FileNode {
  /** A directory; what it holds are entries of their own. */
  record Directory() implements FileNode {}

  /** A regular file, under the first of its names. */
  record Regular(Content content) implements FileNode {}

  /** A further name of the regular file whose entry is at {@code first}, which sorts before. */
  record HardLink(FilePath first) implements FileNode {}

  /** A symbolic link. */
  record SymbolicLink(FilePath target) implements FileNode {}

  /** A device node; {@code block} tells a block device from a character device. */
  record Device(boolean block, int major, int minor) implements FileNode {}

  /** A named pipe. */
  record Fifo() implements FileNode {}
}
