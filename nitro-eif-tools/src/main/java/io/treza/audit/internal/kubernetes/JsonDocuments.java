package io.treza.audit.internal.kubernetes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.treza.audit.AuditException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON objects, one after another; no key twice. */
final class JsonDocuments implements Documents {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Budget budget;
  private final JsonParser parser;

  JsonDocuments(String text, Budget budget) throws AuditException {
    this.budget = budget;
    try {
      parser = FACTORY.createParser(text);
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private AuditException malformed(IOException e) {
    return e instanceof JsonProcessingException json && json.getLocation() != null
        ? budget.refuse(
            json.getLocation().getLineNr(),
            "not well-formed JSON: " + Shown.of(json.getOriginalMessage()))
        : budget.refuse(1, "not well-formed JSON: " + Shown.of(String.valueOf(e.getMessage())));
  }

  @Override
  public Optional<Node> next() throws AuditException {
    try {
      JsonToken token = parser.nextToken();
      if (token == null) {
        return Optional.empty();
      }
      long start = parser.currentTokenLocation().getCharOffset();
      Node node = node(token, 1);
      if (parser.currentLocation().getCharOffset() - start > Budget.DOCUMENT) {
        throw budget.refuse(node.line(), Budget.LARGE_DOCUMENT);
      }
      return Optional.of(node);
    } catch (AuditException e) {
      throw e;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private Node node(JsonToken token, int depth) throws IOException {
    int line = parser.currentTokenLocation().getLineNr();
    budget.depth(depth, line);
    budget.spend(1, line);
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Node> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String key = parser.currentName();
          entries.put(key, node(parser.nextToken(), depth + 1));
        }
        yield new Node.Mapping(line, entries);
      }
      case START_ARRAY -> {
        List<Node> items = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          items.add(node(t, depth + 1));
        }
        yield new Node.Sequence(line, items);
      }
      case VALUE_STRING -> {
        budget.spend(Budget.weight(parser.getText()), line);
        yield new Node.Text(line, parser.getText());
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
        new Node.Numeric(line, parser.getText(), PlainScalar.whole(parser.getText()));
      case VALUE_TRUE, VALUE_FALSE -> new Node.Bool(line, token == JsonToken.VALUE_TRUE);
      case VALUE_NULL -> new Node.Null(line);
      default -> throw budget.refuse(line, "not well-formed JSON: " + token);
    };
  }
}
