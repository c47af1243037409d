package io.treza.image.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * What tells that nobody has written to a file, or put another in its place, since the stamp was
 * taken; but for a write within the same tick of the file system's clock, some milliseconds.
 *
 * @param key which file it is, where the file system can say
 * @param changed when content or attributes last changed, which nobody can set back; elsewhere than
 *     on Unix when the content did
 */
public record FileStamp(Optional<Object> key, FileTime changed, long size) {
  /** The stamp of a file as it is now. */
  public static FileStamp of(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    FileTime changed = file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? (FileTime) Files.getAttribute(file, "unix:ctime")
        : now.lastModifiedTime();
    return new FileStamp(Optional.ofNullable(now.fileKey()), changed, now.size());
  }

  /**
   * Checks that the file is as it was.
   *
   * @throws IOException if it is not
   */
  public void require(Path file) throws IOException {
    if (!equals(of(file))) {
      throw new IOException(file + ": changed while being read; start again");
    }
  }
}
