package io.treza.image;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The file system a container of an image starts with; the root directory itself is no entry. */
public final class RootFilesystem {
  private final SortedMap<FilePath, FileEntry> entries = new TreeMap<>();

  /** Collects entries, each of a path of its own. */
  public RootFilesystem(Collection<FileEntry> entries) {
    for (FileEntry entry : entries) {
      if (this.entries.put(entry.path(), entry) != null) {
        throw new IllegalArgumentException("two entries are called " + entry.path());
      }
    }
  }

  /**
   * Every entry, sorted by the bytes of its path, so a directory comes before what it holds.
   * Contents are readable until the image they come from is closed.
   */
  public Collection<FileEntry> entries() {
    return Collections.unmodifiableCollection(entries.values());
  }

  /** The entry at {@code path}, looked up as it stands: links are not followed. */
  public Optional<FileEntry> find(FilePath path) {
    return Optional.ofNullable(entries.get(path));
  }

  /** Bytes of all regular files together; a file with several names counts once. */
  public long totalBytes() {
    return entries.values().stream().mapToLong(FileEntry::size).sum();
  }
}
