package io.treza.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Decides a request by a resource policy as the IAM User Guide describes it ("Policy evaluation
 * logic", "Condition operators"), written without looking at the code under test: an explicit denial
 * wins, and negated operators also match where the key is missing.
 */
final class IamEvaluator {
  private final JsonNode policy;

  IamEvaluator(String policy) throws IOException {
    this.policy = new ObjectMapper().readTree(policy);
  }

  boolean allows(String principal, String action, Map<String, String> context) {
    boolean allowed = false;
    for (JsonNode statement : policy.get("Statement")) {
      if (matches(statement, principal, action, context)) {
        if (statement.get("Effect").asText().equals("Deny")) {
          return false;
        }
        allowed = true;
      }
    }
    return allowed;
  }

  private static boolean matches(
      JsonNode statement, String principal, String action, Map<String, String> context) {
    JsonNode who = statement.get("Principal");
    if (!(who.isTextual() && who.asText().equals("*"))
        && !list(who.get("AWS")).contains(principal)) {
      return false;
    }
    if (list(statement.get("Action")).stream().noneMatch(action::equals)) {
      return false;
    }
    boolean all = true;
    if (statement.has("Condition")) {
      for (Map.Entry<String, JsonNode> operator : statement.get("Condition").properties()) {
        for (Map.Entry<String, JsonNode> key : operator.getValue().properties()) {
          String actual = context.get(key.getKey());
          boolean anyEqual =
              actual != null && list(key.getValue()).stream().anyMatch(actual::equalsIgnoreCase);
          all &= switch (operator.getKey()) {
            case "StringEqualsIgnoreCase" -> anyEqual;
            case "StringNotEqualsIgnoreCase" -> !anyEqual;
            default -> throw new IllegalArgumentException(operator.getKey());
          };
        }
      }
    }
    return all;
  }

  private static List<String> list(JsonNode node) {
    List<String> items = new ArrayList<>();
    if (node.isTextual()) {
      items.add(node.asText());
    }
    node.forEach(item -> items.add(item.asText()));
    return items;
  }
}
