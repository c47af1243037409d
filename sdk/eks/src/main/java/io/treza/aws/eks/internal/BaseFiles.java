package io.treza.aws.eks.internal;

import io.treza.image.ContainerImage;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.ImageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks for programs in the file system that a base image starts a container with. */
public final class BaseFiles {
  private static final int MAX_LINKS = 40; // Linux, MAXSYMLINKS

  private final Map<String, FileNode> nodes = new HashMap<>();

  /** Reads a base's layers. */
  public BaseFiles(ContainerImage base) throws IOException {
    for (FileEntry entry : base.flatten().entries()) {
      nodes.put(entry.path().toString(), entry.node());
    }
  }

  /**
   * Checks that a regular file is there, links followed.
   *
   * @param path with or without a slash at the start
   * @param what it is
   * @throws ImageException if it is missing
   */
  public void require(String path, String what) throws ImageException {
    if (!isFile(path)) {
      throw new ImageException("the base image has no /" + path.replaceFirst("^/+", "") + ", "
          + what + "; take another, such as amazonlinux:2023");
    }
  }

  private boolean isFile(String path) {
    Deque<String> left = new ArrayDeque<>(List.of(path.split("/")));
    Deque<String> done = new ArrayDeque<>();
    int links = 0;
    while (!left.isEmpty()) {
      String part = left.pop();
      if (part.equals("..")) {
        done.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        done.addLast(part);
        if (nodes.get(String.join("/", done)) instanceof FileNode.SymbolicLink link) {
          if (++links > MAX_LINKS) {
            return false;
          }
          done.removeLast();
          String target = link.target().toString();
          if (target.startsWith("/")) {
            done.clear();
          }
          List<String> parts = List.of(target.split("/"));
          for (int i = parts.size() - 1; i >= 0; i--) {
            left.push(parts.get(i));
          }
        }
      }
    }
    FileNode found = nodes.get(String.join("/", done));
    return found instanceof FileNode.Regular || found instanceof FileNode.HardLink;
  }
}
