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
import java.util.Set;
import java.util.TreeMap;

/**
 * A statement of a key policy as it stands (IAM User Guide, "IAM JSON policy element reference").
 *
 * @param name its Sid, or its place counted from 1
 * @param principals {@code *} for everybody; {@code Service:} and the like before what is none of
 *     AWS's accounts, roles and users
 * @param actions as written, wildcards included
 * @param conditions values by key, by operator
 */
record PolicyStatement(
    String name,
    boolean allow,
    List<String> principals,
    List<String> actions,
    Map<String, Map<String, List<String>>> conditions) {
  private static final Set<String> MEMBERS =
      Set.of("Sid", "Effect", "Principal", "Action", "Resource", "Condition");

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
      // KMS answers GetKeyPolicy with the policy as a text (AWS KMS API Reference).
      if (root.path("Policy").isTextual() && !root.has("Statement")) {
        root = MAPPER.readTree(root.path("Policy").asText());
      }
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
    node.fieldNames().forEachRemaining(member -> {
      if (!MEMBERS.contains(member)) {
        throw new IllegalArgumentException(name + ": \"" + member
            + "\" cannot be judged; use Action, Principal and Resource, spelt so");
      }
    });
    // Of another key, a statement would say nothing about this one.
    if (!texts(name, node.path("Resource")).contains("*")) {
      throw new IllegalArgumentException(
          name + ": Resource is not \"*\", which in a key policy is the key");
    }
    Map<String, Map<String, List<String>>> conditions = new TreeMap<>();
    members(name, node.path("Condition")).forEach(operator -> {
      Map<String, List<String>> keys = new TreeMap<>();
      members(name, operator.getValue())
          .forEach(key -> keys.put(key.getKey(), texts(name, key.getValue())));
      conditions.put(operator.getKey(), keys);
    });
    return new PolicyStatement(
        name,
        effect.equals("Allow"),
        principals(name, node.path("Principal")),
        texts(name, node.path("Action")),
        conditions);
  }

  /** Those that are not accounts, roles and users of AWS have their kind before them. */
  private static List<String> principals(String name, JsonNode principal) {
    if (!principal.isObject()) {
      return texts(name, principal);
    }
    List<String> all = new ArrayList<>();
    principal
        .properties()
        .forEach(kind -> texts(name, kind.getValue())
            .forEach(
                who -> all.add(kind.getKey().equals("AWS") ? who : kind.getKey() + ":" + who)));
    return all;
  }

  private static Set<Map.Entry<String, JsonNode>> members(String name, JsonNode node) {
    if (!node.isObject() && !node.isMissingNode()) {
      throw new IllegalArgumentException(name + ": a Condition is objects in an object");
    }
    return node.properties();
  }

  private static List<String> texts(String name, JsonNode node) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : node.isArray() ? node : List.of(node)) {
      if (!item.isValueNode() || item.isNull()) {
        throw new IllegalArgumentException(
            name + ": Principal, Action, Resource and the values of conditions are texts or arrays"
                + " of texts");
      }
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
        .anyMatch(pattern ->
            Glob.matches(pattern.toLowerCase(Locale.ROOT), action.toLowerCase(Locale.ROOT)));
  }
}
