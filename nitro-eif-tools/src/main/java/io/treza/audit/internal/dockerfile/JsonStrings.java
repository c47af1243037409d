package io.treza.audit.internal.dockerfile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads an instruction's JSON form: an array of strings. */
final class JsonStrings {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonStrings() {}

  /**
   * Reads the array; nothing if the text is no valid JSON array, and so is meant for the shell.
   *
   * @throws SyntaxException if it is a JSON array of anything but strings
   */
  static Optional<List<String>> parse(String text) throws SyntaxException {
    String trimmed = Characters.trimLeft(text);
    if (!trimmed.startsWith("[")) {
      return Optional.empty();
    }
    List<String> values = new ArrayList<>();
    boolean others = false;
    try (JsonParser parser = JSON.createParser(trimmed)) {
      parser.nextToken();
      int depth = 1;
      while (depth > 0) {
        JsonToken token = parser.nextToken();
        if (token == null) {
          return Optional.empty();
        } else if (token.isStructStart()) {
          depth++;
          others = true;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token == JsonToken.VALUE_STRING && depth == 1) {
          values.add(parser.getText());
        } else {
          others = true;
        }
      }
      if (parser.nextToken() != null) {
        return Optional.empty();
      }
    } catch (IOException notJson) {
      return Optional.empty();
    }
    if (others) {
      throw new SyntaxException(
          "the JSON form takes an array of strings only; write [\"program\", \"argument\"]");
    }
    return Optional.of(values);
  }
}
