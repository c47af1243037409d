package io.treza.platform.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** JSON in and out, as the wire has it. */
public final class Json {
  /** Far below Jackson's limit for writing: what was read once is written in a deeper place. */
  private static final int MAX_DEPTH = 100;

  private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private static final DateTimeFormatter MILLISECONDS = DateTimeFormatter.ofPattern(
          "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
      .withZone(ZoneOffset.UTC);

  private Json() {}

  /** A new one, empty. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /**
   * One JSON value; a missing node if there is none.
   *
   * @throws IOException if it is no JSON, or nested too deeply
   */
  public static JsonNode read(byte[] bytes) throws IOException {
    return MAPPER.readTree(bytes);
  }

  /** An object that this class wrote. */
  static ObjectNode objectOf(String json) {
    try {
      return (ObjectNode) MAPPER.readTree(json);
    } catch (JsonProcessingException | ClassCastException e) {
      throw new IllegalStateException("the store holds no JSON object where one belongs", e);
    }
  }

  /** As the wire has it. */
  public static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON nodes is always JSON", e);
    }
  }

  /** A constant's name in lower case. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** ISO 8601 in UTC, always with three decimals. */
  static String time(Instant instant) {
    return MILLISECONDS.format(instant);
  }

  /** A text that is not empty: what JavaScript calls truthy, and nothing else. */
  static Optional<String> text(JsonNode node, String field) {
    String text = node.path(field).textValue();
    return text == null || text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
