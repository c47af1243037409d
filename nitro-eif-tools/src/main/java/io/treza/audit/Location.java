package io.treza.audit;

import java.util.List;
import java.util.Optional;

/** Where evidence was found. */
public sealed interface Location {
  /** What a policy may call this place: a file, a path or a member, without line or layer. */
  List<String> names();

  /** The evidence as a whole, or its absence. */
  record Whole() implements Location {
    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public String toString() {
      return "";
    }
  }

  /**
   * A file of the image.
   *
   * @param path without a leading slash
   * @param layer the {@code sha256:} diff id of the layer it is in; none if it is missing, or what
   *     counts is the flattened root
   */
  record ImageFile(String path, Optional<String> layer) implements Location {
    @Override
    public List<String> names() {
      return List.of("/" + path, path);
    }

    @Override
    public String toString() {
      return "/" + path + layer.map(l -> " in layer " + l).orElse("");
    }
  }

  /** A member of the image's configuration, such as {@code config.User} or {@code history[3]}. */
  record Configuration(String member) implements Location {
    @Override
    public List<String> names() {
      return List.of(member);
    }

    @Override
    public String toString() {
      return member;
    }
  }

  /**
   * A line of a text file.
   *
   * @param file as the caller named it
   * @param line counted from 1
   */
  record Line(String file, int line) implements Location {
    @Override
    public List<String> names() {
      return List.of(file);
    }

    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /**
   * A node of a YAML or JSON document.
   *
   * @param file as the caller named it
   * @param line where it starts, counted from 1; 0 if not known
   * @param path such as {@code spec.template.spec.containers[0].image}, or a JSON pointer
   */
  record Node(String file, int line, String path) implements Location {
    @Override
    public List<String> names() {
      return List.of(file, path, file + ": " + path);
    }

    @Override
    public String toString() {
      return file + (line > 0 ? ":" + line : "") + (path.isEmpty() ? "" : ": " + path);
    }
  }
}
