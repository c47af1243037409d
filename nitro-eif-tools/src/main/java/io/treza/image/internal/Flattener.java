package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import io.treza.image.RootFilesystem;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Stacks layers into one file system (OCI Image Specification 1.1, "Image Layer Filesystem
 * Changeset"), without a disk whose links could lead a write astray.
 *
 * <p>Every name of a hard-linked file has the same {@link TarMember} instance: an upper layer that
 * replaces one name leaves the others alone, as overlay file systems do.
 *
 * @param <T> what is to be known of a member besides
 */
public final class Flattener<T> {
  private static final String WHITEOUT = ".wh.";
  // AUFS kept notes under this prefix; all but the opaque marker are ignored, as Docker does.
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MAX_COMPONENT = 255;

  private final ImageLimits limits;
  private final T implied;
  private final TreeMap<String, Placed<T>> files = new TreeMap<>();
  private int members;

  /**
   * Starts with nothing.
   *
   * @param implied what is known of a directory that only the names of others tell of
   */
  public Flattener(ImageLimits limits, T implied) {
    this.limits = limits;
    this.implied = implied;
  }

  /** A name in the file system, the member that made the file, and what is known of it. */
  public record Placed<T>(FilePath path, TarMember member, T known) {
    private boolean is(char type) {
      return member.type() == type;
    }
  }

  /** What tells more of a layer's member, when it is listed and its content can be read. */
  @FunctionalInterface
  public interface Reader<T> {
    /**
     * Reads as much as it wants of the content.
     *
     * @param path of the member in the form of {@link Placed}, also of one that adds no file
     */
    T read(String path, TarMember member, InputStream content) throws IOException;
  }

  /** Stacks layers that are kept. */
  public static RootFilesystem flatten(List<ImageLoader.StoredLayer> layers, ImageLimits limits)
      throws IOException {
    Flattener<Content> flattener = new Flattener<>(limits, Content.of(new byte[0]));
    for (ImageLoader.StoredLayer layer : layers) {
      String origin = "layer " + layer.diffId();
      try (TarReader reader = new TarReader(layer.tar(), origin)) {
        flattener.apply(
            reader, origin, (path, m, content) -> layer.tar().slice(m.offset(), m.size()));
      }
      layer.tar().requireUnchanged();
    }
    return rootFilesystem(flattener.files());
  }

  /** A member whose name is split into the directory it is in and its name there. */
  private record Named(TarMember member, String parent, String base) {
    String path() {
      return join(parent, base);
    }

    boolean hides() {
      return base.startsWith(WHITEOUT);
    }
  }

  /** A member that adds a file. */
  private record Change<T>(Named named, T known) {}

  /**
   * Applies one layer over those before it.
   *
   * @param layer its archive, read to the end
   * @param origin what to call the layer in messages
   */
  public void apply(TarReader layer, String origin, Reader<T> reader) throws IOException {
    List<Named> whiteouts = new ArrayList<>();
    List<Change<T>> changes = new ArrayList<>();
    for (Optional<TarMember> m = layer.next(); m.isPresent(); m = layer.next()) {
      if (++members > limits.maxEntries()) {
        throw tooMany(origin);
      }
      Named named = named(m.get(), origin);
      if (named.hides()) {
        reader.read(named.path(), m.get(), layer.content());
        whiteouts.add(named);
      } else {
        T known = reader.read(named.path(), m.get(), layer.content());
        if (!named.base.isEmpty()) {
          changes.add(new Change<>(named, known));
        }
      }
    }
    // A whiteout hides what lower layers have, wherever in the archive it stands.
    for (Named whiteout : whiteouts) {
      hide(whiteout, origin);
    }
    for (Change<T> change : changes) {
      put(change.named, change.known, origin);
    }
  }

  /** Every file after all applied layers, sorted by path. */
  public Collection<Placed<T>> files() {
    return Collections.unmodifiableCollection(files.values());
  }

  private static RootFilesystem rootFilesystem(Collection<Placed<Content>> files) {
    List<FileEntry> entries = new ArrayList<>();
    IdentityHashMap<TarMember, FileEntry> firsts = new IdentityHashMap<>();
    for (Placed<Content> file : files) {
      TarMember.Header header = file.member.header();
      FileEntry first = firsts.get(file.member);
      // Names of one link or device keep the same instance, which tells that they are one file.
      FileNode node = first == null
          ? node(file.member, file.known)
          : first.node() instanceof FileNode.Regular
              ? new FileNode.HardLink(first.path())
              : first.node();
      FileEntry entry = new FileEntry(
          file.path,
          new FileEntry.Owner(header.mode(), header.uid(), header.gid()),
          node,
          header.mtime());
      firsts.putIfAbsent(file.member, entry);
      entries.add(entry);
    }
    return new RootFilesystem(entries);
  }

  private static FileNode node(TarMember member, Content content) {
    return switch (member.type()) {
      case TarMember.REGULAR -> new FileNode.Regular(content);
      case TarMember.DIRECTORY -> new FileNode.Directory();
      case TarMember.SYMBOLIC_LINK -> new FileNode.SymbolicLink(member.linkName());
      case TarMember.FIFO -> new FileNode.Fifo();
      default ->
        new FileNode.Device(
            member.type() == TarMember.BLOCK_DEVICE,
            member.header().deviceMajor(),
            member.header().deviceMinor());
    };
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

  private void put(Named named, T known, String origin) throws ImageException {
    TarMember member = named.member;
    ensureParents(named, origin);
    FilePath path = new FilePath(named.path());
    Placed<T> file = new Placed<>(path, member, known);
    if (file.is(TarMember.HARD_LINK)) {
      Placed<T> target = linkTarget(member, origin);
      file = new Placed<>(path, target.member, target.known);
    } else if (file.is(TarMember.SYMBOLIC_LINK)) {
      int length = member.linkName().latin1().length();
      if (length == 0 || length > limits.maxPathBytes()) {
        throw error(origin, member.name(), "a symbolic link to a name of " + length + " bytes");
      }
    }
    if (!file.is(TarMember.DIRECTORY)) {
      removeBelow(path.latin1());
    }
    store(file, origin);
  }

  /** Keeps an entry; made-up parents count too, or one long name could stand for thousands. */
  private void store(Placed<T> file, String origin) throws ImageException {
    files.put(file.path.latin1(), file);
    if (files.size() > limits.maxEntries()) {
      throw tooMany(origin);
    }
  }

  private ImageException tooMany(String origin) {
    return new ImageException(
        origin + ": more than " + limits.maxEntries() + " entries; raise maxEntries if meant");
  }

  private Placed<T> linkTarget(TarMember link, String origin) throws ImageException {
    List<String> parts = components(link.linkName(), origin);
    Placed<T> target = files.get(String.join("/", parts));
    if (target == null || target.is(TarMember.DIRECTORY)) {
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
      Placed<T> existing = files.get(parent);
      if (existing == null) {
        FilePath directory = new FilePath(parent);
        store(new Placed<>(directory, TarMember.impliedDirectory(directory), implied), origin);
      } else if (existing.is(TarMember.SYMBOLIC_LINK)) {
        throw error(
            origin,
            named.member.name(),
            "writes through the symbolic link "
                + existing.path
                + " -> "
                + existing.member.linkName()
                + "; rebuild the layer so that it names the real directory");
      } else if (!existing.is(TarMember.DIRECTORY)) {
        throw error(origin, named.member.name(), "lies below " + existing.path + ", no directory");
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
