package io.treza.image;

/**
 * A name in a file system, what it stands for, who may use it, and since when it is as it is.
 *
 * @param path relative to the root, without {@code .}, {@code ..} or a slash at either end
 * @param owner permissions and owner
 * @param mtime when it was last modified, as an image states it: any number of seconds since 1970;
 *     0 where nothing is stated
 */
public record FileEntry(FilePath path, Owner owner, FileNode node, long mtime) {
  /** An entry of which no time is stated. */
  public FileEntry(FilePath path, Owner owner, FileNode node) {
    this(path, owner, node, 0);
  }

  /**
   * Permissions and owner of a file.
   *
   * @param permissions the low twelve bits of the mode, set-user-id and sticky bits included
   * @param uid numeric user
   * @param gid numeric group
   */
  public record Owner(int permissions, long uid, long gid) {
    public Owner {
      if ((permissions & ~07777) != 0) {
        throw new IllegalArgumentException(
            "permissions have bits beyond 07777: 0" + Integer.toOctalString(permissions));
      }
    }

    /** Owned by root. */
    public static Owner root(int permissions) {
      return new Owner(permissions, 0, 0);
    }
  }

  /** A directory that root owns. */
  public static FileEntry directory(String path, int permissions) {
    return new FileEntry(FilePath.of(path), Owner.root(permissions), new FileNode.Directory());
  }

  /** A regular file that root owns. */
  public static FileEntry regular(String path, int permissions, Content content) {
    return new FileEntry(FilePath.of(path), Owner.root(permissions), new FileNode.Regular(content));
  }

  /** This entry with its path, and that of the file it is a further name of, below a directory. */
  public FileEntry below(FilePath directory) {
    FileNode moved = node instanceof FileNode.HardLink link
        ? new FileNode.HardLink(link.first().below(directory))
        : node;
    return new FileEntry(path.below(directory), owner, moved, mtime);
  }

  /** Bytes of content: those of a regular file, zero for everything else. */
  public long size() {
    return node instanceof FileNode.Regular file ? file.content().size() : 0;
  }
}
