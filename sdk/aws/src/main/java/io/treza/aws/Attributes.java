package io.treza.aws;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Reads an item's attributes, and refuses what no store writes. */
final class Attributes {
  private Attributes() {}

  static String text(Map<String, AttributeValue> item, String name) {
    return required(item, name, AttributeValue::s);
  }

  static long number(Map<String, AttributeValue> item, String name) {
    String text = required(item, name, AttributeValue::n);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalStateException("attribute " + name + " holds no whole number: " + text, e);
    }
  }

  static boolean truth(Map<String, AttributeValue> item, String name) {
    return required(item, name, AttributeValue::bool);
  }

  static Instant time(Map<String, AttributeValue> item, String name) {
    return Instant.ofEpochMilli(number(item, name));
  }

  static Optional<String> optionalText(Map<String, AttributeValue> item, String name) {
    return item.containsKey(name) ? Optional.of(text(item, name)) : Optional.empty();
  }

  static Optional<Instant> optionalTime(Map<String, AttributeValue> item, String name) {
    return item.containsKey(name) ? Optional.of(time(item, name)) : Optional.empty();
  }

  static List<String> texts(Map<String, AttributeValue> item, String name) {
    return required(item, name, AttributeValue::l).stream()
        .map(AttributeValue::s)
        .toList();
  }

  private static <T> T required(
      Map<String, AttributeValue> item, String name, Function<AttributeValue, T> as) {
    return Optional.ofNullable(item.get(name))
        .map(as)
        .orElseThrow(() -> new IllegalStateException("an item lacks attribute " + name
            + " or has another type there: something else" + " writes this table"));
  }
}
