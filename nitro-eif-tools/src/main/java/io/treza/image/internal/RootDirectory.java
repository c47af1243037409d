package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Lists the files of a directory that is to be the root of an image.
 *
 * <p>Where the file system has no POSIX owners and modes, root owns everything; directories and
 * files that may be run are 0755, other files 0644, and every name is a file of its own.
 */
final class RootDirectory {
  // File types of stat(2).
  private static final int TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int FIFO = 0010000;

  private final Path root;
  private final int maxEntries;
  private final boolean unix;
  private final SortedMap<FilePath, Path> files = new TreeMap<>();
  private final Map<String, FilePath> firstNames = new HashMap<>();

  RootDirectory(Path root, int maxEntries) throws IOException {
    this.root = root.toRealPath();
    this.maxEntries = maxEntries;
    this.unix = root.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  /** What takes the entries. */
  interface Sink {
    void accept(FileEntry entry) throws IOException;
  }

  /** Passes on every entry, sorted by path. */
  void list(Sink sink) throws IOException {
    collect(root);
    for (Map.Entry<FilePath, Path> file : files.entrySet()) {
      sink.accept(entry(file.getKey(), file.getValue()));
    }
  }

  private void collect(Path directory) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        files.put(below(root, child), child);
        if (files.size() > maxEntries) {
          throw new ImageException(
              root + ": more than " + maxEntries + " entries; raise maxEntries if meant");
        }
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          collect(child);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private FileEntry entry(FilePath path, Path file) throws IOException {
    BasicFileAttributes basic =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!unix) {
      boolean run = basic.isDirectory() || Files.isExecutable(file);
      return new FileEntry(
          path, FileEntry.Owner.root(run ? 0755 : 0644), node(file, basic, Map.of()));
    }
    Map<String, Object> stat = Files.readAttributes(
        file, "unix:mode,uid,gid,dev,ino,nlink,rdev", LinkOption.NOFOLLOW_LINKS);
    FileEntry.Owner owner = new FileEntry.Owner(
        (int) number(stat, "mode") & 07777,
        number(stat, "uid") & 0xffff_ffffL,
        number(stat, "gid") & 0xffff_ffffL);
    if (basic.isRegularFile() && number(stat, "nlink") > 1) {
      FilePath first = firstNames.putIfAbsent(stat.get("dev") + ":" + stat.get("ino"), path);
      if (first != null) {
        return new FileEntry(path, owner, new FileNode.HardLink(first));
      }
    }
    return new FileEntry(path, owner, node(file, basic, stat));
  }

  private static FileNode node(Path file, BasicFileAttributes basic, Map<String, Object> stat)
      throws IOException {
    if (basic.isRegularFile()) {
      return new FileNode.Regular(Content.of(file));
    }
    if (basic.isDirectory()) {
      return new FileNode.Directory();
    }
    if (basic.isSymbolicLink()) {
      return new FileNode.SymbolicLink(target(Files.readSymbolicLink(file)));
    }
    int type = (int) number(stat, "mode") & TYPE;
    if (type == FIFO) {
      return new FileNode.Fifo();
    }
    if (type == CHARACTER_DEVICE || type == BLOCK_DEVICE) {
      // As Linux packs them (makedev(3)).
      long device = number(stat, "rdev");
      int major = (int) ((device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL));
      int minor = (int) ((device & 0xff) | (device >>> 12 & ~0xffL));
      return new FileNode.Device(type == BLOCK_DEVICE, major, minor);
    }
    throw new ImageException(file + ": a socket or other file no image can hold; remove it");
  }

  private static long number(Map<String, Object> stat, String key) {
    return stat.get(key) instanceof Number number ? number.longValue() : 0;
  }

  private static FilePath target(Path link) {
    return link.isAbsolute() ? name(link) : below(Path.of(""), link);
  }

  private static FilePath below(Path directory, Path path) {
    String parent = name(directory).latin1();
    int slash = parent.endsWith("/") ? 0 : 1;
    return new FilePath(name(path).latin1().substring(parent.length() + slash));
  }

  /**
   * The bytes of an absolute file name. A URI is the one form in which a {@link Path} gives them
   * unharmed: its string has lost what the locale's charset cannot read.
   */
  private static FilePath name(Path path) {
    String uri = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < uri.length(); i++) {
      if (uri.charAt(i) == '%') {
        bytes.write(Integer.parseInt(uri.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(uri.charAt(i));
      }
    }
    String name = bytes.toString(ISO_8859_1);
    // A URI ends in a slash for what happens to be a directory on this machine.
    boolean added = name.length() > 1 && name.endsWith("/") && !path.toString().endsWith("/");
    return new FilePath(added ? name.substring(0, name.length() - 1) : name);
  }
}
