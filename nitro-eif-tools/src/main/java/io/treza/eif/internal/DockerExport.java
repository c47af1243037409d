package io.treza.eif.internal;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.RootFilesystem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code docker export} writes of a container that was made and never started, which is how
 * linuxkit gets at the files of an image.
 *
 * <p>The sources are those of Docker Engine (moby): daemon/initlayer/setup_unix.go and pkg/archive.
 */
final class DockerExport {
  private static final Content NOTHING = Content.of(new byte[0]);
  // pkg/archive, boundTime: what counts as a time, in seconds.
  private static final long LAST_TIME = Long.MAX_VALUE / 1_000_000_000;
  // In the file system that Docker walks, what is in a directory follows it at once.
  private static final Comparator<FilePath> WALK =
      Comparator.comparing(path -> path.latin1().replace('/', '\0'));

  /** What Docker mounts over in a running container, and so makes in every container. */
  private static final List<FileEntry> INIT_LAYER = List.of(
      FileEntry.directory("dev/pts", 0755),
      FileEntry.directory("dev/shm", 0755),
      FileEntry.directory("proc", 0755),
      FileEntry.directory("sys", 0755),
      FileEntry.regular(".dockerenv", 0755, NOTHING),
      FileEntry.regular("etc/resolv.conf", 0755, NOTHING),
      FileEntry.regular("etc/hosts", 0755, NOTHING),
      FileEntry.regular("etc/hostname", 0755, NOTHING),
      FileEntry.regular("dev/console", 0755, NOTHING),
      new FileEntry(
          FilePath.of("etc/mtab"),
          FileEntry.Owner.root(0777),
          new FileNode.SymbolicLink(FilePath.of("/proc/mounts"))));

  private final RootFilesystem root;
  private final Map<FilePath, FileEntry> files = new TreeMap<>(WALK);

  private DockerExport(RootFilesystem root) {
    this.root = root;
  }

  /**
   * The entries in the archive's order. A hard link is one to the name of the file that comes first
   * in this order.
   */
  static List<FileEntry> of(RootFilesystem root) {
    DockerExport export = new DockerExport(root);
    root.entries().forEach(entry -> export.files.put(entry.path(), entry));
    INIT_LAYER.forEach(export::put);
    return export.entries();
  }

  /** Makes an entry of the init layer, in place of any file on the way to it. */
  private void put(FileEntry made) {
    String path = made.path().latin1();
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      putOverFile(FileEntry.directory(path.substring(0, slash), 0755));
    }
    putOverFile(made);
  }

  private void putOverFile(FileEntry made) {
    FileEntry present = files.get(made.path());
    if (present == null || !(present.node() instanceof FileNode.Directory)) {
      files.put(made.path(), made);
    }
  }

  private List<FileEntry> entries() {
    List<FileEntry> entries = new ArrayList<>();
    IdentityHashMap<FileNode, FilePath> firstNames = new IdentityHashMap<>();
    for (FileEntry file : files.values()) {
      FileNode node = node(file);
      FilePath first = firstNames.putIfAbsent(node, file.path());
      boolean link = first != null && !(node instanceof FileNode.Directory);
      entries.add(new FileEntry(
          file.path(), file.owner(), link ? new FileNode.HardLink(first) : node, mtime(file)));
    }
    return entries;
  }

  /** The file itself. What the names of one file share is the instance of it. */
  private FileNode node(FileEntry file) {
    return file.node() instanceof FileNode.HardLink link
        ? root.find(link.first()).orElseThrow().node()
        : file.node();
  }

  /** The time, which Docker sets to 0 where it is out of bounds, but on symbolic links. */
  private static long mtime(FileEntry file) {
    boolean bounded = !(file.node() instanceof FileNode.SymbolicLink);
    return bounded && (file.mtime() < 0 || file.mtime() > LAST_TIME) ? 0 : file.mtime();
  }
}
