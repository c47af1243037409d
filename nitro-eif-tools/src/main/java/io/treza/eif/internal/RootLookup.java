package io.treza.eif.internal;

import io.treza.eif.EifException;
import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import io.treza.image.RootFilesystem;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Reads small files of an image as a program in it would, symbolic links followed. */
record RootLookup(RootFilesystem root) {
  // MAXSYMLINKS of Linux.
  private static final int MAX_LINKS = 40;
  private static final int MAX_BYTES = 1 << 20;

  /**
   * The bytes of a regular file; empty if there is none.
   *
   * @throws EifException if it has over 1 MiB
   */
  Optional<byte[]> read(String path) throws IOException {
    Optional<Content> content = follow(path)
        .map(FileEntry::node)
        .flatMap(node -> node instanceof FileNode.HardLink link
            ? root.find(link.first()).map(FileEntry::node)
            : Optional.of(node))
        .filter(FileNode.Regular.class::isInstance)
        .map(node -> ((FileNode.Regular) node).content());
    if (content.isEmpty()) {
      return Optional.empty();
    } else if (content.get().size() > MAX_BYTES) {
      throw new EifException("image: /" + path + " has over 1 MiB; make it smaller");
    }
    try (InputStream in = content.get().open()) {
      return Optional.of(in.readAllBytes());
    }
  }

  /** The file that a path leads to from the root; links do not lead out of it. */
  private Optional<FileEntry> follow(String path) {
    Deque<String> left = new ArrayDeque<>(List.of(path.split("/")));
    Deque<String> at = new ArrayDeque<>();
    Optional<FileEntry> found = Optional.empty();
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      } else if (name.equals("..")) {
        at.pollLast();
        continue;
      }
      at.addLast(name);
      found = root.find(new FilePath(String.join("/", at)));
      if (found.isEmpty()) {
        return found;
      } else if (found.get().node() instanceof FileNode.SymbolicLink link) {
        if (++links > MAX_LINKS) {
          return Optional.empty();
        }
        at.removeLast();
        String target = link.target().latin1();
        if (target.startsWith("/")) {
          at.clear();
        }
        List<String> names = new ArrayList<>(List.of(target.split("/")));
        Collections.reverse(names);
        names.forEach(left::push);
      }
    }
    return found;
  }
}
