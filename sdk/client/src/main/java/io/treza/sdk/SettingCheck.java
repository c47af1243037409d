package io.treza.sdk;

import java.util.Map;
import java.util.Optional;

/** Checks one setting of a {@code providerConfig} against what its provider says of it. */
final class SettingCheck {
  private static final int MAX_SHOWN = 100;

  private final String path;
  private final ProviderSetting schema;

  SettingCheck(String name, ProviderSetting schema) {
    this.path = path(name);
    this.schema = schema;
  }

  static String path(String name) {
    return "providerConfig." + name;
  }

  /** Whether a value counts as not given, as it does for the platform. */
  static boolean absent(Optional<Object> value) {
    return value.isEmpty() || (value.get() instanceof String text && text.isBlank());
  }

  Optional<RequestProblem> problem(Optional<Object> value) {
    if (absent(value)) {
      return schema.required() ? wrong("is required", accepted()) : Optional.empty();
    }
    Object given = value.orElseThrow();
    return switch (schema.type()) {
      case "select" -> select(given);
      case "string", "text" -> text(given);
      case "boolean" ->
        given instanceof Boolean
            ? Optional.empty()
            : wrong("must be true or false, not " + kind(given), "give a boolean");
      case "number" -> number(given);
      default -> Optional.empty(); // of a newer server, which judges it
    };
  }

  /** Whether it is one line, or lines where lines may be, that the pattern does not match. */
  boolean patternRefuses(String text) {
    boolean lines = schema.type().equals("text");
    return schema
        .pattern()
        .filter(pattern -> SchemaPattern.refuses(pattern, lines ? text.strip() : text, lines))
        .isPresent();
  }

  private Optional<RequestProblem> select(Object given) {
    if (schema.options().isEmpty() || schema.options().contains(given)) {
      return Optional.empty();
    }
    String text = String.valueOf(given);
    if (given instanceof Number && schema.options().contains(text)) {
      return wrong("must be the text " + quoted(text) + ", not a number", "send it as text");
    }
    return wrong(
        "must be one of " + String.join(", ", schema.options()) + ", but is "
            + (given instanceof Map || given instanceof Iterable ? kind(given) : quoted(text)),
        "choose one of them");
  }

  private Optional<RequestProblem> text(Object given) {
    if (!(given instanceof String text)) {
      return wrong("must be text, not " + kind(given), "send it as text");
    }
    if (schema.type().equals("string") && text.chars().anyMatch(Character::isISOControl)) {
      return wrong("must be one line without control characters", "remove them");
    }
    // The value is not shown: it may be a secret.
    return patternRefuses(text)
        ? wrong("has not the form the provider demands", accepted())
        : Optional.empty();
  }

  private Optional<RequestProblem> number(Object given) {
    if (!(given instanceof Number number)) {
      return wrong("must be a number, not " + kind(given), "give a number");
    }
    double value = number.doubleValue();
    boolean within = value >= schema.min().orElse(Double.NEGATIVE_INFINITY)
        && value <= schema.max().orElse(Double.POSITIVE_INFINITY);
    return within ? Optional.empty() : wrong("is " + number + ", out of bounds", accepted());
  }

  private Optional<RequestProblem> wrong(String message, String hint) {
    return Optional.of(new RequestProblem(path, message, hint));
  }

  /** What the provider would take, as far as it says. */
  private String accepted() {
    if (!schema.options().isEmpty()) {
      return "one of " + String.join(", ", schema.options());
    }
    if (schema.pattern().isPresent()) {
      return "a match of " + schema.pattern().get();
    }
    if (schema.min().isPresent() || schema.max().isPresent()) {
      return "a number"
          + schema.min().stream().mapToObj(m -> " from " + m).findAny().orElse("")
          + schema.max().stream().mapToObj(m -> " up to " + m).findAny().orElse("");
    }
    return "a value of type " + schema.type();
  }

  /** Text of others in quotes, shortened, on one line. */
  static String quoted(String text) {
    String line = Failures.printable(text);
    return "\"" + (line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…") + "\"";
  }

  private static String kind(Object value) {
    if (value instanceof Map) {
      return "an object";
    } else if (value instanceof Iterable) {
      return "a list";
    } else if (value instanceof Number) {
      return "a number";
    } else if (value instanceof Boolean) {
      return "a boolean";
    }
    return value instanceof String ? "text" : "a " + value.getClass().getSimpleName();
  }
}
