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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object and where it stands, such as {@code measurements[3].eif}: takes members out by type,
 * or says which one is wrong. Where it stands is put into words only then.
 */
final class Fields {
  private static final String NOT_UNDERSTOOD =
      " is not understood; a newer version of this library may understand it";

  private static final Pattern PLAIN_NAME = Pattern.compile("\\w{1,40}");

  private final JsonNode object;
  private final Supplier<String> path;

  private Fields(JsonNode object, Supplier<String> path) {
    this.object = object;
    this.path = path;
  }

  static Fields of(@Nullable JsonNode node, Supplier<String> path) throws ReferenceValuesException {
    if (node == null || !node.isObject()) {
      throw wrong(path.get(), "a JSON object", node);
    }
    return new Fields(node, path);
  }

  /** Refuses members that are neither {@code known} nor extensions. */
  void onlyKnown(Set<String> known) throws ReferenceValuesException {
    for (String name : names()) {
      if (!known.contains(name) && !name.startsWith("x-")) {
        throw new ReferenceValuesException(Problem.FORM, at(name) + NOT_UNDERSTOOD);
      }
    }
  }

  boolean has(String name) {
    return object.has(name);
  }

  /** The names of the members in the order of the file. */
  Iterable<String> names() {
    return object::fieldNames;
  }

  String text(String name) throws ReferenceValuesException {
    return text(name, required(name));
  }

  Optional<String> optionalText(String name) throws ReferenceValuesException {
    JsonNode node = object.get(name);
    return node == null ? Optional.empty() : Optional.of(text(name, node));
  }

  private String text(String name, JsonNode node) throws ReferenceValuesException {
    if (!node.isTextual()) {
      throw wrong(at(name), "text", node);
    }
    return node.textValue();
  }

  /** Every member by its name; all must be texts. */
  SortedMap<String, String> texts() throws ReferenceValuesException {
    SortedMap<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      texts.put(member.getKey(), text(member.getKey(), member.getValue()));
    }
    return texts;
  }

  /** The one of {@code choices} that a text names. */
  <T> T choice(String name, Map<String, T> choices) throws ReferenceValuesException {
    return choice(name, required(name), choices);
  }

  /** Every member by its name; each must name one of {@code choices}. */
  <T> SortedMap<String, T> choices(Map<String, T> choices) throws ReferenceValuesException {
    SortedMap<String, T> chosen = new TreeMap<>();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      chosen.put(member.getKey(), choice(member.getKey(), member.getValue(), choices));
    }
    return chosen;
  }

  private <T> T choice(String name, JsonNode node, Map<String, T> choices)
      throws ReferenceValuesException {
    String text = text(name, node);
    T choice = choices.get(text);
    if (choice == null) {
      throw new ReferenceValuesException(
          Problem.VALUE, at(name) + ": " + Text.quoted(text) + NOT_UNDERSTOOD);
    }
    return choice;
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
    return time(name, required(name));
  }

  Optional<Instant> optionalTime(String name) throws ReferenceValuesException {
    JsonNode node = object.get(name);
    return node == null ? Optional.empty() : Optional.of(time(name, node));
  }

  private Instant time(String name, JsonNode node) throws ReferenceValuesException {
    String text = text(name, node);
    try {
      return instant(text);
    } catch (DateTimeException e) {
      throw new ReferenceValuesException(
          Problem.VALUE,
          at(name) + ": expected a time like 2026-11-23T10:15:30Z, found " + Text.quoted(text),
          e);
    }
  }

  Fields object(String name) throws ReferenceValuesException {
    return of(required(name), () -> at(name));
  }

  Optional<Fields> optionalObject(String name) throws ReferenceValuesException {
    JsonNode node = object.get(name);
    return node == null ? Optional.empty() : Optional.of(of(node, () -> at(name)));
  }

  /** The objects of an array. */
  List<Fields> objects(String name) throws ReferenceValuesException {
    JsonNode array = required(name);
    if (!array.isArray()) {
      throw wrong(at(name), "an array", array);
    }
    List<Fields> objects = new ArrayList<>(array.size());
    for (JsonNode element : array) {
      int index = objects.size();
      objects.add(of(element, () -> at(name) + "[" + index + "]"));
    }
    return objects;
  }

  /** Builds a value whose constructor refuses what is unusable; its message begins with a member. */
  <T> T value(Reading<T> reading) throws ReferenceValuesException {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      String where = path.get();
      throw new ReferenceValuesException(
          Problem.VALUE, (where.isEmpty() ? "" : where + ": ") + e.getMessage(), e);
    }
  }

  /** Takes members and makes something of them. */
  interface Reading<T> {
    T read() throws ReferenceValuesException;
  }

  /** Where a member stands; a name that could be mistaken for something else is quoted. */
  String at(String name) {
    String where = path.get();
    String shown = PLAIN_NAME.matcher(name).matches() ? name : Text.quoted(name);
    return where.isEmpty() ? shown : where + "." + shown;
  }

  private JsonNode required(String name) throws ReferenceValuesException {
    JsonNode node = object.get(name);
    if (node == null) {
      throw new ReferenceValuesException(Problem.FORM, at(name) + " is missing");
    }
    return node;
  }

  private static ReferenceValuesException wrong(
      String where, String expected, @Nullable JsonNode found) {
    return new ReferenceValuesException(
        Problem.FORM,
        (where.isEmpty() ? "" : where + ": ") + "expected " + expected + ", found "
            + (found == null
                ? "nothing"
                : found.isContainerNode()
                    ? found.isArray() ? "an array" : "an object"
                    : Text.quoted(found.asText())));
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
