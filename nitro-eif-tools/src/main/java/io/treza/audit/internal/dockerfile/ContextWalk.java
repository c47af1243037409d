package io.treza.audit.internal.dockerfile;

import io.treza.audit.AuditException;
import io.treza.audit.internal.SecretPatterns;
import io.treza.audit.internal.SecretPatterns.Certainty;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Looks through a build context for what should not be sent, as .dockerignore leaves it. */
final class ContextWalk {
  /**
   * A file or directory that would be sent.
   *
   * @param path below the context, with slashes
   * @param secret whether it is one that tells secrets, rather than one that is not needed
   */
  record Unwanted(String path, String what, boolean secret) {}

  /**
   * What was found.
   *
   * @param complete whether all of the context was looked at
   */
  record Found(List<Unwanted> unwanted, boolean complete) {
    public Found {
      unwanted = List.copyOf(unwanted);
    }
  }

  private record Directory(Path path, String name, IgnoreFile.Match match) {}

  private final Optional<IgnoreFile> ignore;
  private final boolean negates;
  private final List<Unwanted> found = new ArrayList<>();
  private final Deque<Directory> open = new ArrayDeque<>();
  private final Predicate<String> copied;
  private int seen;
  private boolean stopped;
  private boolean complete = true;

  private ContextWalk(Optional<IgnoreFile> ignore, Predicate<String> copied) {
    this.ignore = ignore;
    this.copied = copied;
    negates = ignore.filter(IgnoreFile::negates).isPresent();
  }

  /** Looks through {@code context}, following no link, for what is sent and {@code copied}. */
  static Found walk(Path context, Optional<IgnoreFile> ignore, Predicate<String> copied)
      throws AuditException {
    if (!Files.isDirectory(context)) {
      throw new AuditException(
          context + ": is no directory; name the one that the build would be given");
    }
    ContextWalk walk = new ContextWalk(ignore, copied);
    walk.open.push(new Directory(context, "", IgnoreFile.Match.ROOT));
    while (!walk.open.isEmpty() && !walk.stopped) {
      walk.look(walk.open.pop());
    }
    return new Found(walk.found, walk.complete && !walk.stopped);
  }

  private void look(Directory directory) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path)) {
      List<Path> sorted = new ArrayList<>();
      for (Path entry : entries) {
        if (++seen > Limits.CONTEXT_FILES) {
          stopped = true;
          return;
        }
        sorted.add(entry);
      }
      sorted.sort(null);
      for (Path entry : sorted) {
        look(directory, entry);
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      complete = false;
    }
  }

  private void look(Directory parent, Path entry) {
    String file = entry.getFileName().toString();
    String name = parent.name.isEmpty() ? file : parent.name + "/" + file;
    IgnoreFile.Match match = ignore.map(i -> i.match(name, parent.match)).orElse(parent.match);
    stopped |= ignore.map(i -> i.steps().exhausted()).orElse(false);
    boolean directory = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
    if (!match.excluded()) {
      Optional<Unwanted> unwanted = unwanted(name, file, directory);
      if (unwanted.isPresent() && found.size() < Limits.FINDINGS && copied.test(name)) {
        found.add(unwanted.get());
      }
      if (directory && unwanted.isEmpty()) {
        open.push(new Directory(entry, name, match));
      }
    } else if (directory && negates) {
      // A later pattern may let parts of it in again.
      open.push(new Directory(entry, name, match));
    }
  }

  private static Optional<Unwanted> unwanted(String name, String file, boolean directory) {
    if (directory) {
      return switch (file) {
        case ".git", ".hg", ".svn" -> Optional.of(new Unwanted(name, "the history", true));
        case ".aws", ".ssh", ".gnupg", ".kube" -> Optional.of(new Unwanted(name, "keys", true));
        case "node_modules", "__pycache__", ".venv", ".gradle", ".terraform", ".idea", ".vscode" ->
          Optional.of(new Unwanted(name, "what builds and tools leave", false));
        case "__tests__", "test", "tests", "spec" ->
          Optional.of(new Unwanted(name, "tests", false));
        default -> Optional.empty();
      };
    }
    return SecretPatterns.file(name)
        .map(f -> new Unwanted(name, f.what(), f.certainty() == Certainty.SECRET))
        .or(() -> file.endsWith(".map")
            ? Optional.of(new Unwanted(name, "a source map", false))
            : Optional.empty());
  }
}
