package io.treza.audit.internal.kubernetes;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A value of a YAML or JSON document, with the line it starts on, counted from 1. */
sealed interface Node {
  int line();

  /** In words, for messages about a value of another kind than expected. */
  String kind();

  /** An object; {@code entries} in the order written, without merge keys. */
  record Mapping(int line, Map<String, Node> entries) implements Node {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    @Override
    public String kind() {
      return "an object";
    }
  }

  /** An array. */
  record Sequence(int line, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /** A string. */
  record Text(int line, String value) implements Node {
    @Override
    public String kind() {
      // What is longer may be a secret.
      return value.length() > 8 ? "a text" : "the text \"" + Shown.of(value) + "\"";
    }
  }

  /** True or false. */
  record Bool(int line, boolean value) implements Node {
    @Override
    public String kind() {
      return "the boolean " + value;
    }
  }

  /**
   * A number.
   *
   * @param text as written
   * @param whole its value, if that is a whole number that fits
   */
  record Numeric(int line, String text, OptionalLong whole) implements Node {
    @Override
    public String kind() {
      return "the number " + Shown.of(text);
    }
  }

  /** Null, which is the same as nothing. */
  record Null(int line) implements Node {
    @Override
    public String kind() {
      return "nothing";
    }
  }
}
