package io.treza.image.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.treza.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value in a JSON document, read strictly, with its place for messages.
 *
 * <p>A key that is missing and one that is null are the same, as they are to Go.
 */
public record Json(JsonNode node, String place) {
  private static final JsonMapper MAPPER = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
      .build();

  /**
   * Parses a document.
   *
   * @throws ImageException naming {@code place} if it is not well-formed
   */
  public static Json parse(byte[] bytes, String place) throws IOException {
    try {
      return new Json(MAPPER.readTree(bytes), place);
    } catch (JsonProcessingException e) {
      throw new ImageException(
          place + ": not well-formed JSON: " + e.getOriginalMessage() + "; get the image again", e);
    }
  }

  /** The member of this name; exactly so if there is one, else whatever its case, as in Go. */
  public Json get(String key) throws ImageException {
    if (!node.isObject() && !absent()) {
      throw error("an object");
    }
    JsonNode found = node.path(key);
    if (found.isMissingNode()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        if (field.getKey().equalsIgnoreCase(key)) {
          found = field.getValue();
        }
      }
    }
    return new Json(found.isNull() ? MissingNode.getInstance() : found, place + ": " + key);
  }

  public boolean absent() {
    return node.isMissingNode() || node.isNull();
  }

  public List<Json> list() throws ImageException {
    if (absent()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw error("an array");
    }
    List<Json> items = new ArrayList<>();
    for (JsonNode item : node) {
      items.add(new Json(item, place + "[" + items.size() + "]"));
    }
    return items;
  }

  public List<String> strings() throws ImageException {
    List<String> strings = new ArrayList<>();
    for (Json item : list()) {
      strings.add(item.string());
    }
    return strings;
  }

  /** The members of an object that are strings: of what people write freely, the rest is noise. */
  Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getValue().isTextual()) {
        texts.put(field.getKey(), field.getValue().textValue());
      }
    }
    return texts;
  }

  /** The names of an object's members. */
  List<String> keys() {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  public String string() throws ImageException {
    if (!node.isTextual()) {
      throw error("a string");
    }
    return node.textValue();
  }

  public String stringOr(String otherwise) throws ImageException {
    return absent() ? otherwise : string();
  }

  public long size() throws ImageException {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw error("a size in bytes");
    }
    return node.longValue();
  }

  public ImageException error(String expected) {
    return new ImageException(
        place + (absent() ? ": missing, expected " : ": expected ") + expected);
  }
}
