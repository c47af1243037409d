package io.treza.eif.internal;

import io.treza.eif.EifException;
import io.treza.eif.Ramdisk;
import io.treza.eif.RamdiskEntry;
import io.treza.image.FilePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Unpacks a ramdisk into a new directory and nowhere else.
 *
 * <p>A name may not climb, and nothing is written through a link: links are made last, when every
 * file is in place.
 */
public final class RamdiskExtractor {
  private static final PosixFilePermission[] PERMISSIONS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private final Path root;
  private final String origin;
  private final Map<Path, RamdiskEntry> links = new TreeMap<>();
  private final Map<Path, Integer> directories = new TreeMap<>(Comparator.reverseOrder());
  private final Map<Long, Path> hardLinks = new HashMap<>();
  private final List<RamdiskEntry> leftOut = new ArrayList<>();

  private RamdiskExtractor(Path root, String origin) {
    this.root = root;
    this.origin = origin;
  }

  /** Unpacks into {@code target}, which appears complete or not at all; returns what is left out. */
  public static List<RamdiskEntry> extract(Ramdisk ramdisk, Path target, String origin)
      throws IOException {
    return AtomicDirectory.write(target, directory -> {
      RamdiskExtractor extractor = new RamdiskExtractor(directory, origin);
      ramdisk.forEach(extractor::take);
      extractor.finish();
      return extractor.leftOut;
    });
  }

  private void take(RamdiskEntry entry, InputStream in) throws IOException {
    Path path = resolve(entry);
    switch (entry.kind()) {
      case DIRECTORY -> {
        links.remove(path);
        makeDirectories(path, entry);
        directories.put(path, entry.owner().permissions());
      }
      case FILE -> {
        links.remove(path);
        makeDirectories(parent(path), entry);
        file(entry, path, in);
      }
      case LINK -> {
        makeDirectories(parent(path), entry);
        // Of several members with one name the last counts, as in Linux.
        if (!Files.isDirectory(path)) {
          Files.deleteIfExists(path);
        }
        links.put(path, entry);
      }
      default -> leftOut.add(entry);
    }
  }

  /** A member's place below the root, from which no name leads out. */
  private Path resolve(RamdiskEntry entry) throws EifException {
    Path path = root;
    for (String part : entry.path().latin1().split("/")) {
      if (part.equals("..")) {
        throw new EifException(
            origin + ": " + entry.path() + ": climbs out of the ramdisk; do not" + " unpack it");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path = path.resolve(local(new FilePath(part), entry));
      }
    }
    return path;
  }

  /** A name or target as this system has it. */
  private Path local(FilePath name, RamdiskEntry entry) throws EifException {
    String text = name.toString();
    try {
      if (FilePath.of(text).equals(name)) {
        return Path.of(text);
      }
    } catch (InvalidPathException e) {
      // refused below
    }
    throw new EifException(origin + ": " + entry.path() + ": this system has no such file name;"
        + " unpack it with a UTF-8 locale");
  }

  private void makeDirectories(Path path, RamdiskEntry entry) throws IOException {
    try {
      Files.createDirectories(path);
    } catch (FileAlreadyExistsException e) {
      throw twice(entry);
    }
  }

  private EifException twice(RamdiskEntry entry) {
    return new EifException(origin + ": " + entry.path() + ": a directory, and something else of"
        + " that name; do not unpack it");
  }

  private Path parent(Path path) {
    return path.equals(root) ? root : path.resolveSibling(".").normalize();
  }

  private void file(RamdiskEntry entry, Path path, InputStream in) throws IOException {
    if (Files.isDirectory(path)) {
      throw twice(entry);
    }
    Path first = entry.links() > 1 ? hardLinks.computeIfAbsent(entry.inode(), inode -> path) : path;
    if (first.equals(path) || !Files.isRegularFile(first)) {
      Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
    } else {
      link(path, first, entry.size() > 0 ? Optional.of(in) : Optional.empty());
    }
    setPermissions(path, entry.owner().permissions());
  }

  /** Makes a further name of a file; content is that of all its names (Linux, init/initramfs.c). */
  private static void link(Path path, Path first, Optional<InputStream> content)
      throws IOException {
    Files.deleteIfExists(path);
    Files.createLink(path, first);
    if (content.isPresent()) {
      setPermissions(path, 0600);
      try (OutputStream out = Files.newOutputStream(
          path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
        content.get().transferTo(out);
      }
    }
  }

  private void finish() throws IOException {
    for (Map.Entry<Path, RamdiskEntry> link : links.entrySet()) {
      if (Files.exists(link.getKey(), LinkOption.NOFOLLOW_LINKS)) {
        throw twice(link.getValue());
      }
      String target = link.getValue().content();
      Files.createSymbolicLink(link.getKey(), local(new FilePath(target), link.getValue()));
    }
    for (Map.Entry<Path, Integer> directory : directories.entrySet()) {
      setPermissions(directory.getKey(), directory.getValue());
    }
  }

  /** Without the set-user-id, set-group-id and sticky bits. */
  private static void setPermissions(Path path, int permissions) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
      for (int bit = 0; bit < PERMISSIONS.length; bit++) {
        if ((permissions >>> bit & 1) == 1) {
          set.add(PERMISSIONS[bit]);
        }
      }
      view.setPermissions(set);
    }
  }
}
