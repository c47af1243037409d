package io.treza.eif.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.treza.eif.EifRule;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/** Finds what should not be in an EIF's metadata, by its name or its form. Values are not shown. */
public final class MetadataSecrets {
  private static final Pattern NAME = Pattern.compile(
      "(?i).*(passw(or)?d|passphrase|secret|token|credential|api_?key|private_?key|access_?key).*");
  private static final Pattern VALUE =
      Pattern.compile("(?s).*(-----BEGIN [A-Z ]*PRIVATE KEY-----|\\bAKIA[0-9A-Z]{16}\\b).*");

  private MetadataSecrets() {}

  private record Place(String name, JsonNode node) {}

  /** Reports each finding: the rule and what was found, and where. */
  public static void find(JsonNode metadata, BiConsumer<EifRule, String> report) {
    Deque<Place> open = new ArrayDeque<>();
    open.push(new Place("", metadata));
    while (!open.isEmpty()) {
      Place place = open.pop();
      JsonNode node = place.node;
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        open.push(new Place(place.name + "/" + field.getKey(), field.getValue()));
      }
      if (node.isArray()) {
        boolean environment = place.name.endsWith("/Env");
        if (environment && !node.isEmpty()) {
          report.accept(EifRule.METADATA_ENVIRONMENT, node.size() + " variables in " + place.name);
        }
        for (JsonNode item : node) {
          // A variable is looked at like a field of its name.
          int equals = environment ? item.asText().indexOf('=') : -1;
          open.push(
              equals < 0
                  ? new Place(place.name, item)
                  : new Place(
                      place.name + "/" + item.asText().substring(0, equals),
                      TextNode.valueOf(item.asText().substring(equals + 1))));
        }
      } else if (node.isTextual() && isSecret(place.name, node.textValue())) {
        report.accept(EifRule.METADATA_SECRET, place.name);
      }
    }
  }

  private static boolean isSecret(String name, String value) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    return VALUE.matcher(value).matches() || (NAME.matcher(last).matches() && !value.isEmpty());
  }
}
