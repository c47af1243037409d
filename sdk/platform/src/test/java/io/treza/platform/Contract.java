package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What {@code /openapi.json} promises, held against every answer that a test gets. */
final class Contract {
  static final JsonNode DOCUMENT = read();
  private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();

  private Contract() {}

  private static JsonNode read() {
    try (InputStream in =
        Contract.class.getResourceAsStream("/io/treza/platform/internal/openapi.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in, "openapi.json"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fails if the document does not have this answer to this request. */
  static void check(String method, String target, int status, JsonNode body) {
    String path = target.split("\\?", 2)[0];
    Optional<Map.Entry<String, JsonNode>> item = item(path);
    String what = method + " " + path + " " + status;
    if (item.isEmpty()) {
      // Nothing is known of it, but that a key comes first.
      assertTrue(List.of(400, 401, 403, 404, 429, 431, 503).contains(status), what);
      return;
    }
    JsonNode operation = item.get().getValue().path(method.toLowerCase(Locale.ROOT));
    if (operation.isMissingNode()) {
      assertTrue(List.of(401, 403, 405, 429, 431, 501).contains(status), what);
      return;
    }
    JsonNode response = operation.path("responses").path(Integer.toString(status));
    assertFalse(response.isMissingNode(), what + " is not in the document");
    if (response.has("$ref")) {
      response = DOCUMENT.at(response.path("$ref").textValue().substring(1));
    }
    JsonNode schema = response.at("/content/application~1json/schema");
    if (schema.isMissingNode()) {
      return;
    }
    List<Error> errors =
        SCHEMAS.computeIfAbsent(schema.toString(), text -> compiled(schema)).validate(body);
    assertEquals(List.of(), errors, what + " answered " + body);
  }

  private static Optional<Map.Entry<String, JsonNode>> item(String path) {
    List<String> asked = List.of(path.split("/", -1));
    return DOCUMENT.path("paths").properties().stream()
        .filter(item -> matches(List.of(item.getKey().split("/", -1)), asked))
        .findFirst();
  }

  private static boolean matches(List<String> template, List<String> asked) {
    for (int i = 0; i < template.size(); i++) {
      String part = template.get(i);
      if (part.equals("{path}")) {
        return i < asked.size();
      }
      if (i >= asked.size() || !(part.startsWith("{") || part.equals(asked.get(i)))) {
        return false;
      }
    }
    return asked.size() == template.size();
  }

  private static Schema compiled(JsonNode schema) {
    ObjectNode whole = ((ObjectNode) schema.deepCopy());
    whole.set("components", DOCUMENT.path("components").deepCopy());
    closed(whole);
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(whole);
  }

  /** A field that the document does not name fails, too, though to a reader it is no fault. */
  private static void closed(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.has("properties")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    node.forEach(Contract::closed);
  }
}
