package io.treza.audit.internal.dockerfile;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What {@code RUN --mount=} says, key by key. */
record Mount(Map<String, String> values) {
  /** Reads comma-separated {@code key=value}; keys in any case, quotes around a field allowed. */
  static Mount parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String field : text.split(",", -1)) {
      String plain = field.replace("\"", "");
      int equals = plain.indexOf('=');
      String key = (equals < 0 ? plain : plain.substring(0, equals)).toLowerCase(Locale.ROOT);
      values.put(canonical(key), equals < 0 ? "true" : plain.substring(equals + 1));
    }
    return new Mount(Map.copyOf(values));
  }

  private static String canonical(String key) {
    return switch (key) {
      case "src" -> "source";
      case "dst", "destination" -> "target";
      default -> key;
    };
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  boolean is(String type) {
    return get("type").orElse("bind").equals(type);
  }
}
