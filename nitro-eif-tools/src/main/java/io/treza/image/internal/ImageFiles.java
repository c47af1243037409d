package io.treza.image.internal;

import io.treza.image.Content;
import io.treza.image.ImageException;
import io.treza.image.ImageLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The files an image is made of, by name, whether in a directory or in a tar archive. */
public sealed interface ImageFiles {
  /** What to call this in messages. */
  String origin();

  /** What to call a file of these in messages. */
  default String place(String name) {
    return origin() + ": " + name;
  }

  /** The regular file of this name, links followed as long as they stay inside. */
  Optional<Content> find(String name) throws IOException;

  /** The file of this name, which must be there. */
  default Content get(String name) throws IOException {
    return find(name)
        .orElseThrow(
            () -> new ImageException(origin() + ": " + name + " is missing; save the image again"));
  }

  /** Files below a directory. */
  record InDirectory(Path root) implements ImageFiles {
    @Override
    public String origin() {
      return root.toString();
    }

    @Override
    public Optional<Content> find(String name) throws IOException {
      Path file;
      try {
        file = root.resolve(name);
      } catch (InvalidPathException e) {
        throw new ImageException(root + ": \"" + name + "\" is no file name", e);
      }
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (!file.toRealPath().startsWith(root.toRealPath())) {
        throw new ImageException(root + ": \"" + name + "\" leads out of the directory");
      }
      return Optional.of(FileSlice.unchanging(file));
    }
  }

  /** Members of a tar archive. */
  final class InArchive implements ImageFiles {
    // Docker's links between layers go one step.
    private static final int MAX_LINKS = 8;

    private final String origin;
    private final FileSlice archive;
    private final Map<String, TarMember> members = new HashMap<>();
    private final Set<String> ambiguous = new HashSet<>();

    public InArchive(FileSlice archive, String origin, ImageLimits limits) throws IOException {
      this.origin = origin;
      this.archive = archive;
      int count = 0;
      try (TarReader reader = new TarReader(archive, origin)) {
        for (Optional<TarMember> m = reader.next(); m.isPresent(); m = reader.next()) {
          if (++count > limits.maxEntries()) {
            throw new ImageException(
                origin + ": more than " + limits.maxEntries() + " members; raise maxEntries");
          }
          String name = resolve("", m.get().name().toString());
          if (members.put(name, m.get()) != null) {
            ambiguous.add(name);
          }
        }
      }
      archive.requireUnchanged();
    }

    @Override
    public String origin() {
      return origin;
    }

    @Override
    public Optional<Content> find(String name) throws IOException {
      String current = resolve("", name);
      for (int links = 0; links <= MAX_LINKS; links++) {
        TarMember member = members.get(current);
        if (member == null) {
          return Optional.empty();
        }
        if (ambiguous.contains(current)) {
          throw new ImageException(origin + ": " + current + " is there twice; save it again");
        }
        switch (member.type()) {
          case TarMember.REGULAR -> {
            return Optional.of(archive.slice(member.offset(), member.size()));
          }
          case TarMember.HARD_LINK -> current = resolve("", member.linkName().toString());
          case TarMember.SYMBOLIC_LINK -> {
            String directory = current.substring(0, Math.max(0, current.lastIndexOf('/')));
            current = resolve(directory, member.linkName().toString());
          }
          default -> throw new ImageException(origin + ": " + current + " is no regular file");
        }
      }
      throw new ImageException(origin + ": " + name + " is a chain of too many links");
    }

    private String resolve(String directory, String name) throws ImageException {
      List<String> parts = new ArrayList<>();
      for (String part : (directory + "/" + name).split("/")) {
        if (part.equals("..")) {
          if (parts.isEmpty()) {
            throw new ImageException(origin + ": \"" + name + "\" leads out of the archive");
          }
          parts.remove(parts.size() - 1);
        } else if (!part.isEmpty() && !part.equals(".")) {
          parts.add(part);
        }
      }
      return String.join("/", parts);
    }
  }
}
