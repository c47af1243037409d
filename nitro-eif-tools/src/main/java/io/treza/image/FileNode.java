package io.treza.image;

/** What a name in a file system stands for. */
public sealed interface FileNode {
  /** A directory; what it holds are entries of their own. */
  record Directory() implements FileNode {}

  /** A regular file. */
  record Regular(Content content) implements FileNode {}

  /** A symbolic link. */
  record SymbolicLink(FilePath target) implements FileNode {}

  /** A device node; {@code block} tells a block device from a character device. */
  record Device(boolean block, int major, int minor) implements FileNode {}

  /** A named pipe. */
  record Fifo() implements FileNode {}
}
