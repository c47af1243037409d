package io.treza.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One JSON object of a successful answer. Fields nobody asks for are ignored; absent, null and
 * wrongly typed ones are absent; without the few a record cannot do without, the answer is
 * unexpected.
 */
final class Fields {
  // "0", "pcr0" and "PCR0" are all in use.
  private static final Pattern REGISTER = Pattern.compile("(?:PCR|pcr)?([0-9]|[12][0-9]|3[01])");

  private final String where;
  private final Http.Answer answer;
  private final JsonNode node;

  Fields(String where, Http.Answer answer) {
    this(where, answer, Json.lenient(answer.body()));
    if (!node.isObject()) {
      throw unexpected("the answer is not a JSON object, its content type is \""
          + Failures.printable(answer.contentType()) + "\"");
    }
  }

  private Fields(String where, Http.Answer answer, JsonNode node) {
    this.where = where;
    this.answer = answer;
    this.node = node;
  }

  Http.Answer answer() {
    return answer;
  }

  TrezaException unexpected(String problem) {
    return Failures.unexpected(where, answer, problem);
  }

  boolean has(String name) {
    return node.path(name).isObject();
  }

  /** The object, or an empty one. */
  Fields object(String name) {
    return new Fields(where, answer, node.path(name));
  }

  Optional<String> text(String name) {
    return Json.text(node, name);
  }

  Optional<Secret> secret(String name) {
    return text(name).map(Secret::new);
  }

  Optional<byte[]> base64(String name) {
    try {
      return text(name).map(Base64.getDecoder()::decode);
    } catch (IllegalArgumentException e) {
      throw unexpected("\"" + name + "\" is not base64");
    }
  }

  String required(String name) {
    return text(name).orElseThrow(() -> unexpected("the answer has no text \"" + name + "\""));
  }

  /** A time in ISO 8601 or in milliseconds; one that cannot be read decides nothing. */
  Optional<Instant> instant(String name) {
    JsonNode value = node.path(name);
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return Optional.of(Instant.ofEpochMilli(value.longValue()));
    }
    try {
      return text(name).map(Instant::parse);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  OptionalInt integer(String name) {
    JsonNode value = node.path(name);
    return value.canConvertToInt() ? OptionalInt.of(value.intValue()) : OptionalInt.empty();
  }

  OptionalLong number(String name) {
    JsonNode value = node.path(name);
    return value.canConvertToLong() ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
  }

  OptionalDouble decimal(String name) {
    JsonNode value = node.path(name);
    return value.isNumber() ? OptionalDouble.of(value.doubleValue()) : OptionalDouble.empty();
  }

  boolean flag(String name) {
    return node.path(name).asBoolean(false);
  }

  /** Any JSON value but null, as the JDK has it. */
  Optional<Object> plain(String name) {
    JsonNode value = node.path(name);
    return value.isMissingNode() || value.isNull()
        ? Optional.empty()
        : Optional.of(Json.plain(value));
  }

  /** An object of any values but null, in order; empty if there is none. */
  Map<String, Object> map(String name) {
    return object(name).map();
  }

  /** All of this object but null. */
  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    names().forEach(key -> plain(key).ifPresent(value -> map.put(key, value)));
    return Collections.unmodifiableMap(map);
  }

  List<String> names() {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  /** The texts of a list; empty if there is none. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    node.path(name).forEach(item -> {
      if (item.isTextual()) {
        texts.add(item.textValue());
      }
    });
    return List.copyOf(texts);
  }

  /** The objects of a list; empty if there is none. */
  <T> List<T> optionalList(String name, Function<Fields, T> item) {
    List<T> items = new ArrayList<>();
    node.path(name).forEach(element -> items.add(item.apply(new Fields(where, answer, element))));
    return List.copyOf(items);
  }

  /** The objects of a list the answer must have. */
  <T> List<T> list(String name, Function<Fields, T> item) {
    if (!node.path(name).isArray()) {
      throw unexpected("the answer has no list \"" + name + "\"");
    }
    return optionalList(name, item);
  }

  /** The registers among the fields, in lower-case hex without prefix. */
  SortedMap<Integer, String> registers() {
    SortedMap<Integer, String> registers = new TreeMap<>();
    for (String key : names()) {
      Matcher register = REGISTER.matcher(key);
      if (register.matches()) {
        text(key)
            .map(value -> value.toLowerCase(Locale.ROOT))
            .ifPresent(hex -> registers.put(
                Integer.valueOf(register.group(1)), hex.startsWith("0x") ? hex.substring(2) : hex));
      }
    }
    return Collections.unmodifiableSortedMap(registers);
  }
}
