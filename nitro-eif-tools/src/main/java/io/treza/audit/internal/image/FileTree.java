package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.image.FilePath;
import io.treza.image.internal.TarMember;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The file system a container starts with, without its contents. */
public final class FileTree {
  // MAXSYMLINKS of Linux.
  private static final int MAX_LINKS = 40;
  private static final SurveyedFile ROOT = new SurveyedFile(
      new FilePath(""), TarMember.impliedDirectory(new FilePath("")), FileFacts.IMPLIED);

  private final TreeMap<String, SurveyedFile> files = new TreeMap<>();

  /** Makes a tree of {@code files}; a later one replaces an earlier one of the same path. */
  public FileTree(Collection<SurveyedFile> files) {
    files.forEach(file -> this.files.put(file.path().latin1(), file));
  }

  /** Every file but the root, sorted by the bytes of its path. */
  public Collection<SurveyedFile> files() {
    return Collections.unmodifiableCollection(files.values());
  }

  /** What lies below a directory, at any depth, by its real path. */
  public Collection<SurveyedFile> below(String directory) {
    String path = bytes(directory);
    SortedMap<String, SurveyedFile> below =
        path.isEmpty() ? files : files.subMap(path + "/", path + "0"); // '0' follows '/'
    return Collections.unmodifiableCollection(below.values());
  }

  /** The file of this path as it stands, a link not followed; slashes at either end do not count. */
  public Optional<SurveyedFile> find(String path) {
    String key = bytes(path);
    return Optional.ofNullable(key.isEmpty() ? ROOT : files.get(key));
  }

  /** Bytes of all regular files together; a file with several names counts once. */
  public long totalBytes() {
    Set<TarMember> counted = Collections.newSetFromMap(new IdentityHashMap<>());
    return files.values().stream()
        .filter(f -> counted.add(f.member()))
        .mapToLong(f -> f.member().size())
        .sum();
  }

  /** The file of exactly this path. */
  public Optional<SurveyedFile> find(FilePath path) {
    return Optional.ofNullable(files.get(path.latin1()));
  }

  /** The file that {@code path} leads to from the root, if it leads anywhere. */
  public Optional<SurveyedFile> follow(String path) {
    return found(resolve(path));
  }

  private static Optional<SurveyedFile> found(Resolution resolution) {
    return resolution instanceof Resolution.Found found
        ? Optional.of(found.file())
        : Optional.empty();
  }

  /** What a file of this tree is a link to, if that is there, or the file itself. */
  public Optional<SurveyedFile> target(SurveyedFile file) {
    return file.symbolicLink() ? found(resolveBytes(file.path().latin1())) : Optional.of(file);
  }

  /** Where {@code path} leads from the root: as Linux would, were the image the root. */
  public Resolution resolve(String path) {
    return resolveBytes(path(path));
  }

  private Resolution resolveBytes(String path) {
    Deque<String> left = new ArrayDeque<>();
    push(path, left);
    Deque<SurveyedFile> at = new ArrayDeque<>();
    at.push(ROOT);
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.pop();
      SurveyedFile here = at.element();
      if (!here.directory()) {
        return new Resolution.NotDirectory(here.path().toString());
      } else if (name.equals("..")) {
        if (at.size() > 1) {
          at.pop();
        }
        continue;
      }
      String next = here.path().latin1().isEmpty() ? name : here.path().latin1() + "/" + name;
      SurveyedFile file = files.get(next);
      if (file == null) {
        // What is looked for may have a NUL, which no path has.
        return new Resolution.Missing(new String(next.getBytes(ISO_8859_1), UTF_8));
      } else if (!file.symbolicLink()) {
        at.push(file);
      } else if (++links > MAX_LINKS) {
        return new Resolution.Loop(file.path().toString());
      } else {
        String target = file.member().linkName().latin1();
        if (target.startsWith("/")) {
          at.clear();
          at.push(ROOT);
        }
        push(target, left);
      }
    }
    return new Resolution.Found(at.element());
  }

  /** Puts the names of a path before those that are left. */
  private static void push(String path, Deque<String> left) {
    String[] names = path.split("/", -1);
    for (int i = names.length - 1; i >= 0; i--) {
      if (!names[i].isEmpty() && !names[i].equals(".")) {
        left.push(names[i]);
      }
    }
  }

  private static String path(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  private static String bytes(String text) {
    String path = path(text);
    int start = 0;
    int end = path.length();
    while (start < end && path.charAt(start) == '/') {
      start++;
    }
    while (end > start && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(start, end);
  }
}
