package io.treza.audit.internal.kubernetes;

import io.treza.audit.Location;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * A place in a manifest, whether something is there or not.
 *
 * <p>Null is nothing, as to Kubernetes, and names are exact.
 *
 * @param value none if nothing is there
 * @param path from the object's root, such as {@code spec.containers[0].image}
 * @param line of the value, or of what it would be in
 */
record Field(String file, Optional<Node> value, String path, int line) {
  /** The root of an object. */
  static Field root(String file, Node node) {
    return new Field(
        file, Optional.of(node).filter(n -> !(n instanceof Node.Null)), "", node.line());
  }

  boolean present() {
    return value.isPresent();
  }

  String kind() {
    return value.map(Node::kind).orElse("missing");
  }

  Location location() {
    return new Location.Node(file, line, path);
  }

  /** A member of an object; nothing is in nothing. */
  Field get(String key) throws WrongType {
    Optional<Node> member = Optional.empty();
    if (value.isPresent()) {
      if (!(value.get() instanceof Node.Mapping mapping)) {
        throw new WrongType(this, "an object");
      }
      member = Optional.ofNullable(mapping.entries().get(key))
          .filter(node -> !(node instanceof Node.Null));
    }
    return new Field(
        file,
        member,
        path.isEmpty() ? key : path + "." + key,
        member.map(Node::line).orElse(line));
  }

  /** A member of a member, and so on, by names with dots between them. */
  Field at(String keys) throws WrongType {
    Field field = this;
    for (String key : keys.split("\\.")) {
      field = field.get(key);
    }
    return field;
  }

  /** The items of a list, in order, made one at a time; nothing is an empty one. */
  Iterable<Field> items() throws WrongType {
    List<Node> nodes = nodes();
    return () -> IntStream.range(0, nodes.size())
        .mapToObj(i -> new Field(
            file,
            Optional.of(nodes.get(i)).filter(node -> !(node instanceof Node.Null)),
            path + "[" + i + "]",
            nodes.get(i).line()))
        .iterator();
  }

  /** How many items a list has. */
  int size() throws WrongType {
    return nodes().size();
  }

  private List<Node> nodes() throws WrongType {
    if (value.isEmpty()) {
      return List.of();
    }
    if (!(value.get() instanceof Node.Sequence sequence)) {
      throw new WrongType(this, "a list");
    }
    return sequence.items();
  }

  /** The members of an object by name; nothing is an empty one. */
  Map<String, Field> members() throws WrongType {
    if (value.isPresent() && !(value.get() instanceof Node.Mapping)) {
      throw new WrongType(this, "an object");
    }
    Map<String, Field> members = new LinkedHashMap<>();
    if (value.isPresent() && value.get() instanceof Node.Mapping mapping) {
      for (String key : mapping.entries().keySet()) {
        members.put(key, get(key));
      }
    }
    return members;
  }

  Optional<Boolean> bool() throws WrongType {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (value.get() instanceof Node.Bool bool) {
      return Optional.of(bool.value());
    }
    throw new WrongType(this, "true or false");
  }

  boolean isTrue() throws WrongType {
    return bool().orElse(false);
  }

  OptionalLong whole() throws WrongType {
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    if (value.get() instanceof Node.Numeric number && number.whole().isPresent()) {
      return number.whole();
    }
    throw new WrongType(this, "a whole number");
  }

  /** A text, empty if nothing is there. */
  String text() throws WrongType {
    if (value.isEmpty()) {
      return "";
    }
    if (value.get() instanceof Node.Text text) {
      return text.value();
    }
    throw new WrongType(this, "text (in quotes)");
  }

  /** A text, a number or a boolean as text, where its type is of no concern; else nothing. */
  String loose() {
    if (value.isPresent()) {
      if (value.get() instanceof Node.Text text) {
        return text.value();
      } else if (value.get() instanceof Node.Numeric number) {
        return number.text();
      } else if (value.get() instanceof Node.Bool bool) {
        return String.valueOf(bool.value());
      }
    }
    return "";
  }
}
