package io.treza.image.internal;

import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RootFilesystem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Stacks layers into one file system (OCI Image Specification 1.1, "Image Layer Filesystem
 * Changeset"), without a disk whose links could lead a write astray.
 *
 * <p>While layers are applied, every name of a hard-linked file has the same {@link
 * FileNode} instance: an upper layer that replaces one name leaves the others alone, as overlay file
 * systems do.
 */
public final class Flattener {
  private static final String WHITEOUT = ".wh.";
  // AUFS kept notes under this prefix; all but the opaque marker are ignored, as Docker does.
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MAX_COMPONENT = 255;

  private final ImageLimits limits;
  private final TreeMap<String, FileEntry> files = new TreeMap<>();
  private int members;

  public Flattener(ImageLimits limits) {
    this.limits = limits;
  }

  /** A member whose name is split into the directory it is in and its name there. */
  private record Named(TarMember member, String parent, String base) {
    String path() {
      return join(parent, base);
    }
  }

  /** Applies one layer over those before it. */
  public void apply(ImageLoader.StoredLayer layer) throws IOException {
    String origin = "layer " + layer.diffId();
    List<Named> whiteouts = new ArrayList<>();
    List<Named> changes = new ArrayList<>();
    try (TarReader reader = new TarReader(layer.tar(), origin)) {
      for (Optional<TarMember> m = reader.next(); m.isPresent(); m = reader.next()) {
        if (++members > limits.maxEntries()) {
          throw tooMany(origin);
        }
        Named named = named(m.get(), origin);
        if (named.base.startsWith(WHITEOUT)) {
          whiteouts.add(named);
        } else if (!named.base.isEmpty()) {
          changes.add(named);
        }
      }
    }
    layer.tar().requireUnchanged();
    // A whiteout hides what lower layers have, wherever in the archive it stands.
    for (Named whiteout : whiteouts) {
      hide(whiteout, origin);
    }
    for (Named change : changes) {
      put(change, layer.tar(), origin);
    }
  }

  /** The file system after all applied layers. */
  public RootFilesystem result() {
    List<FileEntry> entries = new ArrayList<>();
    IdentityHashMap<FileNode, FilePath> firstNames = new IdentityHashMap<>();
    for (FileEntry file : files.values()) {
      FilePath first = firstNames.putIfAbsent(file.node(), file.path());
      boolean link = first != null && file.node() instanceof FileNode.Regular;
      entries.add(
          link
              ? new FileEntry(file.path(), file.owner(), new FileNode.HardLink(first), file.mtime())
              : file);
    }
    return new RootFilesystem(entries);
  }

  private void hide(Named whiteout, String origin) throws ImageException {
    if (whiteout.base.equals(OPAQUE)) {
      removeBelow(whiteout.parent);
      return;
    }
    String hidden = whiteout.base.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw error(origin, whiteout.member.name(), "a whiteout that names no file");
    }
    files.remove(join(whiteout.parent, hidden));
    removeBelow(join(whiteout.parent, hidden));
  }

  private void put(Named named, FileSlice tar, String origin) throws ImageException {
    TarMember member = named.member;
    ensureParents(named, origin);
    FilePath path = new FilePath(named.path());
    FileEntry entry;
    if (member.type() == TarMember.HARD_LINK) {
      FileEntry target = linkTarget(member, origin);
      entry = new FileEntry(path, target.owner(), target.node(), target.mtime());
    } else {
      TarMember.Header header = member.header();
      entry = new FileEntry(
          path,
          new FileEntry.Owner(header.mode(), header.uid(), header.gid()),
          node(member, tar, origin),
          header.mtime());
    }
    if (!(entry.node() instanceof FileNode.Directory)) {
      removeBelow(path.latin1());
    }
    store(entry, origin);
  }

  /** What a member that is no hard link stands for. */
  private FileNode node(TarMember member, FileSlice tar, String origin) throws ImageException {
    return switch (member.type()) {
      case TarMember.REGULAR -> new FileNode.Regular(tar.slice(member.offset(), member.size()));
      case TarMember.DIRECTORY -> new FileNode.Directory();
      case TarMember.SYMBOLIC_LINK -> {
        int length = member.linkName().latin1().length();
        if (length == 0 || length > limits.maxPathBytes()) {
          throw error(origin, member.name(), "a symbolic link to a name of " + length + " bytes");
        }
        yield new FileNode.SymbolicLink(member.linkName());
      }
      case TarMember.FIFO -> new FileNode.Fifo();
      default ->
        new FileNode.Device(
            member.type() == TarMember.BLOCK_DEVICE,
            member.header().deviceMajor(),
            member.header().deviceMinor());
    };
  }

  /** Keeps an entry; made-up parents count too, or one long name could stand for thousands. */
  private void store(FileEntry entry, String origin) throws ImageException {
    files.put(entry.path().latin1(), entry);
    if (files.size() > limits.maxEntries()) {
      throw tooMany(origin);
    }
  }

  private ImageException tooMany(String origin) {
    return new ImageException(
        origin + ": more than " + limits.maxEntries() + " entries; raise maxEntries if meant");
  }

  private FileEntry linkTarget(TarMember link, String origin) throws ImageException {
    List<String> parts = components(link.linkName(), origin);
    FileEntry target = files.get(String.join("/", parts));
    if (target == null || target.node() instanceof FileNode.Directory) {
      throw error(
          origin,
          link.name(),
          "a hard link to "
              + link.linkName()
              + ", which is no file in this or a lower layer; rebuild the layer");
    }
    return target;
  }

  private void ensureParents(Named named, String origin) throws ImageException {
    String path = named.path();
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      String parent = path.substring(0, slash);
      FileEntry existing = files.get(parent);
      if (existing == null) {
        FilePath directory = new FilePath(parent);
        store(
            new FileEntry(directory, FileEntry.Owner.root(0755), new FileNode.Directory()), origin);
      } else if (existing.node() instanceof FileNode.SymbolicLink link) {
        throw error(
            origin,
            named.member.name(),
            "writes through the symbolic link "
                + existing.path()
                + " -> "
                + link.target()
                + "; rebuild the layer so that it names the real directory");
      } else if (!(existing.node() instanceof FileNode.Directory)) {
        throw error(
            origin, named.member.name(), "lies below " + existing.path() + ", no directory");
      }
    }
  }

  /** Splits a member's name; the base is empty if the member adds or hides nothing. */
  private Named named(TarMember member, String origin) throws ImageException {
    List<String> parts = components(member.name(), origin);
    if (parts.isEmpty()) {
      if (member.type() != TarMember.DIRECTORY) {
        throw error(origin, member.name(), "the root is no directory; rebuild the layer");
      }
      return new Named(member, "", "");
    }
    List<String> parents = parts.subList(0, parts.size() - 1);
    String base = parts.get(parts.size() - 1);
    boolean note = base.startsWith(WHITEOUT_META) && !base.equals(OPAQUE);
    if (note || parents.stream().anyMatch(p -> p.startsWith(WHITEOUT_META))) {
      return new Named(member, "", "");
    }
    if (parents.stream().anyMatch(p -> p.startsWith(WHITEOUT))) {
      throw error(origin, member.name(), "lies below a whiteout");
    }
    return new Named(member, String.join("/", parents), base);
  }

  /** The parts of a path from the root; a leading slash means the same root. */
  private List<String> components(FilePath path, String origin) throws ImageException {
    if (path.latin1().length() > limits.maxPathBytes()) {
      throw error(
          origin, path, "a path of more than " + limits.maxPathBytes() + " bytes; shorten it");
    }
    List<String> parts = new ArrayList<>();
    for (String part : path.latin1().split("/", -1)) {
      if (part.equals("..")) {
        throw error(origin, path, "\"..\" in a path; rebuild the layer without it");
      }
      if (part.length() > MAX_COMPONENT) {
        throw error(origin, path, "a file name of more than 255 bytes, which Linux refuses");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  private void removeBelow(String directory) {
    if (directory.isEmpty()) {
      files.clear();
    } else {
      // '0' is the byte after '/'.
      files.subMap(directory + "/", directory + "0").clear();
    }
  }

  private static String join(String parent, String base) {
    return parent.isEmpty() ? base : parent + "/" + base;
  }

  private static ImageException error(String origin, FilePath name, String what) {
    return new ImageException(origin + ": \"" + name + "\": " + what);
  }
}
