package io.treza.sdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** JSON in and out. */
final class Json {
  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
      .build();

  private Json() {}

  /** The value, or a missing node if the bytes are no JSON. */
  static JsonNode lenient(byte[] body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      return node == null ? MissingNode.getInstance() : node;
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  static Optional<String> text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
  }

  /** Strings, booleans, numbers, lists and maps, as the JDK has them. */
  static Object plain(JsonNode value) {
    return MAPPER.convertValue(value, Object.class);
  }

  /** The value as this type; empty if it is null, no JSON, or does not fit. */
  static <T> Optional<T> as(byte[] body, Class<T> type) {
    try {
      return Optional.ofNullable(MAPPER.readValue(body, type));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The texts of an object by name; none if it is no object. */
  static Map<String, String> texts(String json) {
    Map<String, String> texts = new LinkedHashMap<>();
    JsonNode node = lenient(json.getBytes(StandardCharsets.UTF_8));
    node.properties()
        .forEach(
            entry -> text(node, entry.getKey()).ifPresent(text -> texts.put(entry.getKey(), text)));
    return texts;
  }

  static byte[] bytes(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a JSON value: " + e.getOriginalMessage(), e);
    }
  }
}
