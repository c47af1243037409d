package io.treza.aws.internal.ec2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** No value that Systems Manager lets into the script can mean anything to a shell. */
class ParentDocumentTest {
  private static final String MEANINGFUL = "'\"`$;|&<>(){}[]*?!#~\\ \t\n";

  private static JsonNode parameters() throws IOException {
    try (InputStream in = ParentDocument.class.getResourceAsStream("parent-document.json")) {
      return new ObjectMapper().readTree(in).path("parameters");
    }
  }

  @Test
  void everyParameterHasAFormWithoutAnythingThatMeansSomethingToAShell() throws IOException {
    for (Map.Entry<String, JsonNode> parameter : parameters().properties()) {
      JsonNode form = parameter.getValue();
      if (form.has("allowedValues")) {
        form.path("allowedValues")
            .forEach(value -> assertTrue(value.asText().matches("[a-z]+"), parameter.getKey()));
        continue;
      }
      Pattern pattern = Pattern.compile(form.path("allowedPattern").asText());
      for (String fits : List.of("a", "00", "us-east-1", "a".repeat(64), "0".repeat(64), "1")) {
        for (String meaningful : MEANINGFUL.split("")) {
          for (String value : List.of(meaningful + fits, fits + meaningful + fits)) {
            assertFalse(pattern.matcher(value).find(), parameter.getKey() + ": " + value);
          }
        }
      }
    }
  }

  @Test
  void everyPlaceholderIsAParameterAndStandsInSingleQuotes() throws IOException {
    Set<String> used = new TreeSet<>();
    Matcher placeholder = Pattern.compile("(.)\\{\\{ ([a-z]+) }}").matcher(Scripts.commands());
    while (placeholder.find()) {
      used.add(placeholder.group(2));
      assertEquals("'", placeholder.group(1), placeholder.group(2));
    }
    Set<String> declared = new TreeSet<>();
    parameters().fieldNames().forEachRemaining(declared::add);
    assertEquals(declared, used);
  }

  @Test
  void everyOperationIsOneOfTheScript() throws IOException {
    Set<String> known = new TreeSet<>();
    for (ParentCommands.Operation operation : ParentCommands.Operation.values()) {
      known.add(operation.parameter());
      assertTrue(Scripts.commands().contains("\n" + operation.parameter() + ")\n"));
    }
    Set<String> allowed = new TreeSet<>();
    parameters().at("/operation/allowedValues").forEach(value -> allowed.add(value.asText()));
    assertEquals(known, allowed);
  }
}
