package io.treza.platform.internal.kms;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The members of a request's JSON, as the API's shapes have them. */
record Input(JsonNode json) {
  /** AWS KMS API Reference, {@code EncryptionContext}, has no limit of its own; this is ample. */
  private static final int MAX_CONTEXT = 100;

  Optional<String> text(String name) throws KmsFault {
    JsonNode node = json.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw KmsFault.validation(name + " is no text");
    }
    return Optional.of(node.asText());
  }

  String required(String name) throws KmsFault {
    return text(name).orElseThrow(() -> KmsFault.validation(name + " is missing"));
  }

  /**
   * Binary data.
   *
   * @param max the largest number of bytes
   */
  byte[] bytes(String name, int max) throws KmsFault {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(required(name));
    } catch (IllegalArgumentException e) {
      throw KmsFault.validation(name + " is no base64");
    }
    if (bytes.length == 0 || bytes.length > max) {
      throw KmsFault.validation(name + " of " + bytes.length + " bytes; it has 1 to " + max);
    }
    return bytes;
  }

  /** A number in a range. */
  int number(String name, int min, int max) throws KmsFault {
    JsonNode node = json.path(name);
    if (!node.isInt() || node.intValue() < min || node.intValue() > max) {
      throw KmsFault.validation(name + " is not " + min + " to " + max);
    }
    return node.intValue();
  }

  boolean has(String name) {
    return json.hasNonNull(name);
  }

  boolean flag(String name) {
    return json.path(name).asBoolean(false);
  }

  Input object(String name) {
    return new Input(json.path(name));
  }

  Map<String, String> encryptionContext() throws KmsFault {
    Map<String, String> context = new TreeMap<>();
    JsonNode node = json.path("EncryptionContext");
    if (has("EncryptionContext") && !node.isObject()) {
      throw KmsFault.validation("EncryptionContext is texts by name");
    }
    if (node.size() > MAX_CONTEXT) {
      throw KmsFault.validation("EncryptionContext has over " + MAX_CONTEXT + " entries");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw KmsFault.validation("EncryptionContext is texts by name");
      }
      context.put(entry.getKey(), entry.getValue().asText());
    }
    return context;
  }
}
