package io.treza.audit.internal.scan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.treza.audit.AuditException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON file of any size from start to end, keeping only what it is asked for.
 *
 * <p>A {@link Value} is called at the first token of its value and leaves at the last. What nobody
 * asks for is skipped without being held, so memory depends on the answers alone. A member that is
 * asked for and is there twice is an error: two readers could take it for two different reports.
 */
final class JsonStream implements Closeable {
  // What is kept of a list, and of one value; what is longer identifies nothing.
  private static final int MAX_ITEMS = 1000;
  private static final int MAX_KEPT = 1000;
  private static final char BYTE_ORDER_MARK = 0xfeff;
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(200)
          .maxStringLength(1 << 18)
          .maxNameLength(10_000)
          .maxNumberLength(1000)
          .build())
      // A table of names would grow with names that a hostile file never repeats.
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .build();

  private final String file;
  private final JsonParser parser;

  private JsonStream(String file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /** Reads one value. */
  @FunctionalInterface
  interface Value {
    void read() throws IOException;
  }

  /** What to ask of a file. */
  @FunctionalInterface
  interface Question {
    Map<String, Value> members(JsonStream json);
  }

  /**
   * Reads a whole file, which must hold one object and nothing else.
   *
   * @throws AuditException if it does not, naming the line
   */
  static void read(Path path, Question question) throws IOException {
    String file = path.toString();
    try (JsonStream json = new JsonStream(file, FACTORY.createParser(utf8(path)))) {
      json.document(question.members(json));
    }
  }

  /** A reader that refuses what is no UTF-8, which Jackson's own would replace. */
  private static Reader utf8(Path path) throws IOException {
    BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8);
    reader.mark(1);
    try {
      if (reader.read() != BYTE_ORDER_MARK) {
        reader.reset();
      }
      return reader;
    } catch (CharacterCodingException e) {
      reader.close();
      throw new AuditException(path + ": not text in UTF-8", e);
    }
  }

  private void document(Map<String, Value> members) throws IOException {
    if (next() != JsonToken.START_OBJECT) {
      throw error("a JSON object");
    }
    object(members);
    if (next() != null) {
      throw error("nothing after the JSON object");
    }
  }

  /** Reads an object, or null as an empty one; members without a reader are skipped. */
  void object(Map<String, Value> members) throws IOException {
    if (isNull()) {
      return;
    }
    if (!isObject()) {
      throw error("an object");
    }
    Set<String> seen = new HashSet<>();
    while (next() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      next();
      Value value = members.get(name);
      if (value == null) {
        skip();
      } else if (seen.add(name)) {
        value.read();
      } else {
        throw error("\"" + name + "\" once, and it is there twice");
      }
    }
  }

  /** Reads an array, or null as an empty one. */
  void array(Value item) throws IOException {
    if (isNull()) {
      return;
    }
    if (!isArray()) {
      throw error("an array");
    }
    while (next() != JsonToken.END_ARRAY) {
      item.read();
    }
  }

  /** Reads a string; null, which Go writes for nothing, is an empty one. */
  String string() throws IOException {
    if (isNull()) {
      return "";
    }
    if (!isString()) {
      throw error("a string");
    }
    try {
      return parser.getText();
    } catch (JsonProcessingException | CharacterCodingException e) {
      throw malformed(e);
    }
  }

  /** Reads an array of strings, of which long ones, and further ones than a thousand, are dropped. */
  List<String> strings() throws IOException {
    List<String> strings = new ArrayList<>();
    array(addTo(strings));
    return strings;
  }

  /** Reads a string into a list, unless it or the list is long. */
  Value addTo(List<String> strings) {
    return () -> {
      String text = string();
      if (strings.size() < MAX_ITEMS && !text.isEmpty() && text.length() <= MAX_KEPT) {
        strings.add(text);
      }
    };
  }

  /** Reads a whole number; null is 0. */
  int number() throws IOException {
    if (isNull()) {
      return 0;
    }
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw error("a whole number");
    }
    try {
      return parser.getIntValue();
    } catch (JsonProcessingException | CharacterCodingException e) {
      throw malformed(e);
    }
  }

  boolean bool() throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE, VALUE_NULL -> false;
      default -> throw error("true or false");
    };
  }

  /** Reads a string into {@code values} under this name, or the start of a long one. */
  Value into(Map<String, String> values, String name) {
    return () -> {
      String text = string();
      values.put(name, text.substring(0, Math.min(MAX_KEPT, text.length())));
    };
  }

  void skip() throws IOException {
    try {
      parser.skipChildren();
    } catch (JsonProcessingException | CharacterCodingException e) {
      throw malformed(e);
    }
  }

  boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  boolean isString() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  boolean isArray() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  /** What to throw where the value at hand is not what it must be. */
  AuditException error(String expected) {
    String place = parser.getParsingContext().pathAsPointer().toString();
    return new AuditException(file + ": line " + parser.currentTokenLocation().getLineNr()
        + (place.isEmpty() ? "" : ", " + place) + ": expected " + expected
        + "; write the file again with the program that made it");
  }

  private @Nullable JsonToken next() throws IOException {
    try {
      return parser.nextToken();
    } catch (JsonProcessingException | CharacterCodingException e) {
      throw malformed(e);
    }
  }

  private AuditException malformed(IOException e) {
    String what = e instanceof JsonProcessingException read
        ? "not well-formed JSON: " + read.getOriginalMessage()
        : "not text in UTF-8";
    return new AuditException(
        file + ": line " + parser.currentLocation().getLineNr() + ": " + what
            + "; write the file again with the program that made it",
        e);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
