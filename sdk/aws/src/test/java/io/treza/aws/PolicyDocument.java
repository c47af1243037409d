package io.treza.aws;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An IAM policy as IAM evaluates it, as far as {@code samples/aws/policy.json} goes. */
record PolicyDocument(JsonNode statements) {
  /** What a call asks IAM: an action, on a resource, under circumstances. */
  record Question(String action, String resource, Map<String, String> context) {}

  /** The sample, with these in the place of {@code @NAME@}. */
  static PolicyDocument of(Map<String, String> values) throws IOException {
    String text = Files.readString(Path.of("../../samples/aws/policy.json"));
    for (Map.Entry<String, String> value : values.entrySet()) {
      text = text.replace("@" + value.getKey() + "@", value.getValue());
    }
    return new PolicyDocument(new ObjectMapper().readTree(text).path("Statement"));
  }

  /** What it names: each action with each resource of its statement. */
  Set<String> grants() {
    Set<String> grants = new TreeSet<>();
    for (JsonNode statement : statements) {
      texts(statement.path("Action"))
          .forEach(action -> texts(statement.path("Resource"))
              .forEach(resource -> grants.add(grant(statement, action, resource))));
    }
    return grants;
  }

  /** Those of {@link #grants} that allow this; none if it is denied. */
  Set<String> allowing(Question question) {
    Set<String> allowing = new TreeSet<>();
    for (JsonNode statement : statements) {
      if (texts(statement.path("Action")).contains(question.action())
          && holds(statement.path("Condition"), question.context())) {
        texts(statement.path("Resource")).stream()
            .filter(resource -> like(resource, question.resource()))
            .forEach(resource -> allowing.add(grant(statement, question.action(), resource)));
      }
    }
    return allowing;
  }

  private static String grant(JsonNode statement, String action, String resource) {
    return statement.path("Sid").asText() + " " + action + " " + resource;
  }

  private static boolean holds(JsonNode conditions, Map<String, String> context) {
    boolean holds = true;
    for (Map.Entry<String, JsonNode> operator : conditions.properties()) {
      for (Map.Entry<String, JsonNode> key : operator.getValue().properties()) {
        String value = context.getOrDefault(key.getKey(), "");
        holds &= texts(key.getValue()).stream().anyMatch(accepted -> switch (operator.getKey()) {
          case "StringEquals", "ForAllValues:StringEquals" -> accepted.equals(value);
          case "StringLike" -> like(accepted, value);
          default -> throw new AssertionError(operator.getKey());
        });
      }
    }
    return holds;
  }

  private static boolean like(String pattern, String value) {
    return value.matches("\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E");
  }

  static List<String> texts(JsonNode oneOrMany) {
    List<String> texts = new ArrayList<>();
    if (oneOrMany.isArray()) {
      oneOrMany.forEach(text -> texts.add(text.asText()));
    } else {
      texts.add(oneOrMany.asText());
    }
    return texts;
  }
}
