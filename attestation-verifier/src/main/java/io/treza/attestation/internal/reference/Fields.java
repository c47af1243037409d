package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.attestation.internal.Text;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object and where it stands, such as {@code measurements[3].eif}: takes members out by type,
 * or says which one is wrong.
 */
final class Fields {
  private final JsonNode object;
  private final String path;

  private Fields(JsonNode object, String path) {
    this.object = object;
    this.path = path;
  }

  static Fields of(@Nullable JsonNode node, String path) throws ReferenceValuesException {
    if (node == null || !node.isObject()) {
      throw wrong(path, "a JSON object", node);
    }
    return new Fields(node, path);
  }

  /** Refuses members that are neither {@code known} nor extensions. */
  void onlyKnown(Set<String> known) throws ReferenceValuesException {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      if (!known.contains(name) && !name.startsWith("x-")) {
        throw new ReferenceValuesException(
            Problem.FORM,
            at(Text.quoted(name))
                + " is not understood; a newer version of this library may understand it");
      }
    }
  }

  boolean has(String name) {
    return object.has(name);
  }

  /** The members in the order of the file. */
  Set<Map.Entry<String, JsonNode>> members() {
    return object.properties();
  }

  String text(String name) throws ReferenceValuesException {
    return text(required(name), at(name));
  }

  static String text(JsonNode node, String path) throws ReferenceValuesException {
    if (!node.isTextual()) {
      throw wrong(path, "text", node);
    }
    return node.textValue();
  }

  Optional<String> optionalText(String name) throws ReferenceValuesException {
    return has(name) ? Optional.of(text(name)) : Optional.empty();
  }

  /** A whole number, written without fraction and exponent. */
  long number(String name) throws ReferenceValuesException {
    JsonNode node = required(name);
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw wrong(at(name), "a whole number of at most 16 digits", node);
    }
    return node.longValue();
  }

  /** RFC 3339 in UTC to the second: {@code 2026-11-23T10:15:30Z}. */
  Instant time(String name) throws ReferenceValuesException {
    String text = text(name);
    try {
      return instant(text);
    } catch (DateTimeException e) {
      throw new ReferenceValuesException(
          Problem.VALUE,
          at(name) + ": expected a time like 2026-11-23T10:15:30Z, found " + Text.quoted(text),
          e);
    }
  }

  Optional<Instant> optionalTime(String name) throws ReferenceValuesException {
    return has(name) ? Optional.of(time(name)) : Optional.empty();
  }

  /** One of an enum's constants by its name in lower case, or as it stands. */
  <E extends Enum<E>> E constant(String name, Class<E> type) throws ReferenceValuesException {
    return constant(required(name), at(name), type, true);
  }

  static <E extends Enum<E>> E constant(
      JsonNode node, String path, Class<E> type, boolean lowerCase)
      throws ReferenceValuesException {
    String text = text(node, path);
    for (E constant : type.getEnumConstants()) {
      String written = lowerCase ? constant.name().toLowerCase(Locale.ROOT) : constant.name();
      if (written.equals(text)) {
        return constant;
      }
    }
    throw new ReferenceValuesException(
        Problem.VALUE,
        path + ": " + Text.quoted(text) + " is not understood; a newer version of this library may"
            + " understand it");
  }

  Fields object(String name) throws ReferenceValuesException {
    return of(required(name), at(name));
  }

  Optional<Fields> optionalObject(String name) throws ReferenceValuesException {
    return has(name) ? Optional.of(object(name)) : Optional.empty();
  }

  /** The objects of an array. */
  List<Fields> objects(String name) throws ReferenceValuesException {
    JsonNode array = required(name);
    if (!array.isArray()) {
      throw wrong(at(name), "an array", array);
    }
    List<Fields> objects = new ArrayList<>(array.size());
    for (JsonNode element : array) {
      objects.add(of(element, at(name) + "[" + objects.size() + "]"));
    }
    return objects;
  }

  /** Builds a value whose constructor refuses what is unusable; its message begins with a member. */
  <T> T value(Reading<T> reading) throws ReferenceValuesException {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw new ReferenceValuesException(
          Problem.VALUE, (path.isEmpty() ? "" : path + ": ") + e.getMessage(), e);
    }
  }

  /** Takes members and makes something of them. */
  interface Reading<T> {
    T read() throws ReferenceValuesException;
  }

  private JsonNode required(String name) throws ReferenceValuesException {
    JsonNode node = object.get(name);
    if (node == null) {
      throw new ReferenceValuesException(Problem.FORM, at(name) + " is missing");
    }
    return node;
  }

  /** Where a member stands. */
  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static ReferenceValuesException wrong(
      String path, String expected, @Nullable JsonNode found) {
    return new ReferenceValuesException(
        Problem.FORM,
        (path.isEmpty() ? "" : path + ": ") + "expected " + expected + ", found "
            + (found == null ? "nothing" : Text.quoted(found.toString())));
  }

  /** By hand because it is ten times faster than a formatter, and takes one form only. */
  private static Instant instant(String text) {
    String shape = "0000-00-00T00:00:00Z";
    if (text.length() != shape.length()) {
      throw new DateTimeException("another length");
    }
    for (int i = 0; i < shape.length(); i++) {
      char c = text.charAt(i);
      if (shape.charAt(i) == '0' ? c < '0' || c > '9' : c != shape.charAt(i)) {
        throw new DateTimeException("another form");
      }
    }
    return LocalDateTime.of(
            digits(text, 0, 4),
            digits(text, 5, 7),
            digits(text, 8, 10),
            digits(text, 11, 13),
            digits(text, 14, 16),
            digits(text, 17, 19))
        .toInstant(ZoneOffset.UTC);
  }

  private static int digits(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }
}
