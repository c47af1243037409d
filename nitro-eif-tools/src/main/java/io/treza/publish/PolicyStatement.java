package io.treza.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A statement of a key policy as it stands (IAM User Guide, "IAM JSON policy element reference").
 *
 * @param name its Sid, or its place counted from 1
 * @param principals {@code *} for everybody
 * @param actions as written, wildcards included
 * @param conditions values by key, by operator
 */
record PolicyStatement(
    String name,
    boolean allow,
    List<String> principals,
    List<String> actions,
    Map<String, Map<String, List<String>>> conditions) {
  private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /**
   * The statements of a policy.
   *
   * @throws IllegalArgumentException if it is no policy
   */
  static List<PolicyStatement> parse(byte[] policy) {
    JsonNode root;
    try {
      root = MAPPER.readTree(policy);
    } catch (IOException e) {
      throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
    }
    JsonNode statements = root.path("Statement");
    List<PolicyStatement> parsed = new ArrayList<>();
    for (JsonNode statement : statements.isObject() ? List.of(statements) : statements) {
      parsed.add(statement(statement, parsed.size() + 1));
    }
    if (parsed.isEmpty()) {
      throw new IllegalArgumentException("no policy: there is no Statement in it");
    }
    return parsed;
  }

  private static PolicyStatement statement(JsonNode node, int number) {
    String name = node.path("Sid").asText("").isEmpty()
        ? "statement " + number
        : "statement " + node.path("Sid").asText();
    String effect = node.path("Effect").asText();
    if (!effect.equals("Allow") && !effect.equals("Deny")) {
      throw new IllegalArgumentException(
          name + ": Effect is \"" + effect + "\", not Allow or Deny");
    }
    for (String unusual : List.of("NotAction", "NotPrincipal", "NotResource")) {
      if (node.has(unusual)) {
        throw new IllegalArgumentException(
            name + ": " + unusual + " cannot be judged; say what is meant instead");
      }
    }
    Map<String, Map<String, List<String>>> conditions = new TreeMap<>();
    node.path("Condition").properties().forEach(operator -> {
      Map<String, List<String>> keys = new TreeMap<>();
      operator
          .getValue()
          .properties()
          .forEach(key -> keys.put(key.getKey(), texts(key.getValue())));
      conditions.put(operator.getKey(), keys);
    });
    return new PolicyStatement(
        name,
        effect.equals("Allow"),
        principals(node.path("Principal")),
        texts(node.path("Action")),
        conditions);
  }

  private static List<String> principals(JsonNode principal) {
    if (!principal.isObject()) {
      return texts(principal);
    }
    List<String> all = new ArrayList<>();
    principal.properties().forEach(kind -> all.addAll(texts(kind.getValue())));
    return all;
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isTextual()) {
      texts.add(node.asText());
    }
    for (JsonNode item : node) {
      texts.add(item.asText());
    }
    return List.copyOf(texts);
  }

  boolean everybody() {
    return principals.contains("*");
  }

  /** Whether it is about an action; names are the same in upper and lower case. */
  boolean covers(String action) {
    return actions.stream()
        .anyMatch(pattern -> Pattern.compile(("\\Q" + pattern.toLowerCase(Locale.ROOT) + "\\E")
                .replace("*", "\\E.*\\Q")
                .replace("?", "\\E.\\Q"))
            .matcher(action.toLowerCase(Locale.ROOT))
            .matches());
  }
}
