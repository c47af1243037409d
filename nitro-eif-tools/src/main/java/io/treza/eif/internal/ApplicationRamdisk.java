package io.treza.eif.internal;

import io.treza.eif.EifException;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.RootFilesystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lists what the reproducible layout has of an image: its files below {@code rootfs}, sorted, and
 * the mount points that AWS's init (aws-nitro-enclaves-sdk-bootstrap, init/init.c) needs there.
 */
public final class ApplicationRamdisk {
  private static final FilePath ROOT = FilePath.of("rootfs");
  private static final Set<String> MOUNT_POINTS = Set.of("dev", "run", "sys", "proc", "tmp");
  // In nitro-cli's order; init does nothing with /var.
  private static final List<String> ADDED = List.of("dev", "run", "sys", "var", "proc", "tmp");

  private ApplicationRamdisk() {}

  /**
   * The entries, in the order they are archived, and after them {@code files}.
   *
   * @throws EifException if a mount point is no directory
   */
  public static List<FileEntry> entries(RootFilesystem root, List<FileEntry> files)
      throws EifException {
    List<FileEntry> entries = new ArrayList<>();
    entries.add(FileEntry.directory("rootfs", 0755));
    for (FileEntry entry : root.entries()) {
      entries.add(entry.below(ROOT));
    }
    for (String name : ADDED) {
      Optional<FileEntry> present = root.find(FilePath.of(name));
      if (present.isEmpty()) {
        entries.add(FileEntry.directory("rootfs/" + name, name.equals("tmp") ? 01777 : 0755));
      } else if (MOUNT_POINTS.contains(name)
          && !(present.get().node() instanceof FileNode.Directory)) {
        throw new EifException(
            "image: /" + name + " is no directory, and init mounts there; make it one");
      }
    }
    entries.addAll(files);
    return entries;
  }
}
