package io.treza.platform.internal.kms;

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
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A key policy in force: who may do what (IAM User Guide, "Policy evaluation logic"). There are no
 * IAM policies, grants or service control policies beside it.
 *
 * <p>What cannot be judged opens no door: a condition that is not known never fulfils a statement that
 * allows and always one that denies, and a policy with an element that is not known is refused.
 */
final class KeyPolicy {
  /** AWS KMS Developer Guide, "Quotas". */
  private static final int MAX_CHARACTERS = 32 << 10;

  private static final Set<String> ELEMENTS =
      Set.of("Sid", "Effect", "Principal", "Action", "Resource", "Condition");
  private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** Who asks to do what. */
  record Request(String principal, String action, ConditionContext context) {}

  private record Statement(
      String name,
      boolean allow,
      List<String> principals,
      List<Pattern> actions,
      List<Condition> conditions) {}

  private final String json;
  private final List<Statement> statements;
  private final Account account;

  private KeyPolicy(String json, List<Statement> statements, Account account) {
    this.json = json;
    this.statements = List.copyOf(statements);
    this.account = account;
  }

  /** Without a policy of its own, a key is the account's (AWS KMS Developer Guide, "Default"). */
  static KeyPolicy ofAccount(Account account) throws KmsFault {
    return parse("""
        {"Version": "2012-10-17", "Statement": [{"Sid": "Account", "Effect": "Allow",
        "Principal": {"AWS": "%s"}, "Action": "kms:*", "Resource": "*"}]}
        """.formatted(account.root()), account);
  }

  static KeyPolicy parse(String json, Account account) throws KmsFault {
    if (json.length() > MAX_CHARACTERS) {
      throw malformed("it is over KMS's limit of 32 KiB");
    }
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (IOException e) {
      throw malformed("it is no JSON");
    }
    JsonNode nodes = root.path("Statement");
    List<Statement> statements = new ArrayList<>();
    for (JsonNode node : nodes.isObject() ? List.of(nodes) : nodes) {
      statements.add(statement(node, statements.size() + 1));
    }
    if (statements.isEmpty()) {
      throw malformed("it has no Statement");
    }
    return new KeyPolicy(json, statements, account);
  }

  private static KmsFault malformed(String why) {
    return new KmsFault("MalformedPolicyDocumentException", "the policy is refused: " + why);
  }

  private static Statement statement(JsonNode node, int number) throws KmsFault {
    String name = node.path("Sid").asText("statement " + number);
    for (Map.Entry<String, JsonNode> element : node.properties()) {
      if (!ELEMENTS.contains(element.getKey())) {
        throw malformed(name + " has " + element.getKey() + ", which this simulator cannot judge");
      }
    }
    String effect = node.path("Effect").asText();
    if (!effect.equals("Allow") && !effect.equals("Deny")) {
      throw malformed(name + ": Effect is neither Allow nor Deny");
    }
    if (!texts(name, node.path("Resource")).contains("*")) {
      throw malformed(name + ": Resource is not \"*\", which in a key policy is the key");
    }
    List<Pattern> actions = texts(name, node.path("Action")).stream()
        .map(action -> Condition.glob(action.toLowerCase(Locale.ROOT)))
        .toList();
    List<Condition> conditions = new ArrayList<>();
    for (Map.Entry<String, JsonNode> operator : members(name, node.path("Condition"))) {
      for (Map.Entry<String, JsonNode> key : members(name, operator.getValue())) {
        conditions.add(new Condition(operator.getKey(), key.getKey(), texts(name, key.getValue())));
      }
    }
    JsonNode principal = node.path("Principal");
    // Services and identity providers call no simulator.
    List<String> principals = principal.isObject()
        ? (principal.has("AWS") ? texts(name, principal.path("AWS")) : List.of())
        : texts(name, principal);
    return new Statement(
        name, effect.equals("Allow"), principals, actions, List.copyOf(conditions));
  }

  private static Set<Map.Entry<String, JsonNode>> members(String name, JsonNode node)
      throws KmsFault {
    if (!node.isObject() && !node.isMissingNode()) {
      throw malformed(name + ": a Condition is objects in an object");
    }
    return node.properties();
  }

  private static List<String> texts(String name, JsonNode node) throws KmsFault {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : node.isArray() ? node : List.of(node)) {
      if (!item.isValueNode() || item.isNull()) {
        throw malformed(name + ": a text or a list of texts is missing or something else");
      }
      texts.add(item.asText());
    }
    return List.copyOf(texts);
  }

  String json() {
    return json;
  }

  /** Why a request is refused; nothing if it is allowed. */
  Optional<String> refusal(Request request) {
    boolean allowed = false;
    for (Statement statement : statements) {
      if (!applies(statement, request)) {
        continue;
      }
      if (!statement.allow()) {
        return Optional.of("statement " + statement.name() + " of the key policy denies it");
      }
      allowed = true;
    }
    return allowed ? Optional.empty() : Optional.of("no statement of the key policy allows it");
  }

  private boolean applies(Statement statement, Request request) {
    String action = request.action().toLowerCase(Locale.ROOT);
    return statement.principals().stream().anyMatch(p -> covers(statement, p, request.principal()))
        && statement.actions().stream().anyMatch(a -> a.matcher(action).matches())
        && statement.conditions().stream()
            .map(condition -> condition.holds(request.context()))
            .allMatch(holds -> holds == Condition.Holds.YES
                || (!statement.allow() && holds == Condition.Holds.UNKNOWN));
  }

  /** An account that is allowed something could allow it by IAM policies, of which there are none. */
  private boolean covers(Statement statement, String named, String caller) {
    boolean isAccount = named.equals(account.root()) || named.equals(account.id());
    return named.equals("*")
        || named.equals(caller)
        || (isAccount && (!statement.allow() || caller.equals(account.root())));
  }
}
