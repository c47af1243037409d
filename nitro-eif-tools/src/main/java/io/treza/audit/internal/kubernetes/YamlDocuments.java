package io.treza.audit.internal.kubernetes;

import io.treza.audit.AuditException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML 1.1 as Kubernetes reads it, from the events of the parser.
 *
 * <p>Stricter in what has two meanings: an object has each key once, a merge ({@code <<}) does not
 * come after a key it would change, and there are no tags but those of JSON's types.
 */
final class YamlDocuments implements Documents {
  private static final String TAG = "tag:yaml.org,2002:";
  private static final Set<String> COLLECTION_TAGS = Set.of("!", TAG + "map", TAG + "seq");
  private static final Set<String> TEXT_TAGS = Set.of("!", TAG + "str");
  private static final Set<String> PLAIN_TAGS =
      Set.of(TAG + "bool", TAG + "int", TAG + "float", TAG + "null");

  private final String text;
  private final Budget budget;
  private final Iterator<Event> events;
  private final Map<String, Built> anchors = new HashMap<>();

  /** A value, and what it weighs with each alias in it written out. */
  private record Built(Node node, int weight) {}

  YamlDocuments(String text, Budget budget) throws AuditException {
    this.text = text;
    this.budget = budget;
    check();
    LoaderOptions options = new LoaderOptions();
    // The check has said so first, with the line.
    options.setCodePointLimit(Integer.MAX_VALUE);
    events = new Yaml(options).parse(new StringReader(text)).iterator();
  }

  /** What the parser would take long to find out, or say without the line. */
  private void check() throws AuditException {
    int line = 1;
    int lineStart = 0;
    int documentStart = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (c == '\n') {
        line++;
        lineStart = i + 1;
        // Nowhere else can a line start so, not even in a text of many lines.
        documentStart = text.startsWith("---", lineStart) ? lineStart : documentStart;
      } else if (!StreamReader.isPrintable(c)) {
        throw budget.refuse(
            line, String.format("the control character 0x%02x, so it is no text", c));
      }
      if (i - documentStart >= Budget.DOCUMENT) {
        throw budget.refuse(line, Budget.LARGE_DOCUMENT);
      }
      if (i - lineStart >= Budget.LINE) {
        throw budget.refuse(line, "a line of more than 1 MiB; write it in shorter ones");
      }
    }
  }

  @Override
  public Optional<Node> next() throws AuditException {
    while (true) {
      Event event = take();
      if (event.is(Event.ID.StreamEnd)) {
        return Optional.empty();
      }
      if (event instanceof DocumentStartEvent) {
        anchors.clear();
        return Optional.of(node(take(), 1).node);
      }
    }
  }

  private Event take() throws AuditException {
    try {
      return events.next();
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      throw malformed(mark == null ? 1 : mark.getLine() + 1, String.valueOf(e.getProblem()));
    } catch (YAMLException e) {
      throw malformed(1, String.valueOf(e.getMessage()));
    }
  }

  /** What is no YAML is mostly a template of it. */
  private AuditException malformed(int line, String problem) {
    int template = text.indexOf("{{");
    String message = "not well-formed YAML: " + Shown.of(problem);
    return template < 0
        ? budget.refuse(line, message)
        : budget.refuse(
            1 + (int) text.substring(0, template).chars().filter(c -> c == '\n').count(),
            ManifestFile.TEMPLATE + " (line " + line + " is " + message + ")");
  }

  private static int line(Event event) {
    return event.getStartMark().getLine() + 1;
  }

  private Built node(Event event, int depth) throws AuditException {
    int line = line(event);
    budget.depth(depth, line);
    Built built;
    if (event instanceof AliasEvent alias) {
      built = anchors.get(alias.getAnchor());
      if (built == null) {
        throw budget.refuse(
            line,
            "the alias *" + Shown.of(alias.getAnchor()) + " has no anchor that ends before it");
      }
      budget.spend(built.weight, line);
      return built;
    }
    if (event instanceof ScalarEvent scalar) {
      built = new Built(scalar(scalar, line), Budget.weight(scalar.getValue()));
      budget.spend(built.weight, line);
    } else if (event instanceof SequenceStartEvent sequence) {
      requireTag(sequence.getTag(), COLLECTION_TAGS, line);
      budget.spend(1, line);
      built = sequence(line, depth);
    } else if (event instanceof MappingStartEvent mapping) {
      requireTag(mapping.getTag(), COLLECTION_TAGS, line);
      budget.spend(1, line);
      built = mapping(line, depth);
    } else {
      throw malformed(line, String.valueOf(event.getEventId()));
    }
    String anchor = ((NodeEvent) event).getAnchor();
    if (anchor != null) {
      anchors.put(anchor, built);
    }
    return built;
  }

  private Node scalar(ScalarEvent scalar, int line) throws AuditException {
    String tag = scalar.getTag();
    if (tag == null) {
      return scalar.isPlain()
          ? PlainScalar.of(scalar.getValue(), line)
          : new Node.Text(line, scalar.getValue());
    }
    if (PLAIN_TAGS.contains(tag)) {
      return PlainScalar.of(scalar.getValue(), line);
    }
    requireTag(tag, TEXT_TAGS, line);
    return new Node.Text(line, scalar.getValue());
  }

  private void requireTag(@Nullable String tag, Set<String> known, int line) throws AuditException {
    if (tag != null && !known.contains(tag)) {
      throw budget.refuse(line, "the tag " + Shown.of(tag) + " has no meaning to Kubernetes");
    }
  }

  private Built sequence(int line, int depth) throws AuditException {
    List<Node> items = new ArrayList<>();
    int weight = 1;
    for (Event event = take(); !event.is(Event.ID.SequenceEnd); event = take()) {
      Built item = node(event, depth + 1);
      items.add(item.node);
      weight += item.weight;
    }
    return new Built(new Node.Sequence(line, items), weight);
  }

  private Built mapping(int line, int depth) throws AuditException {
    Map<String, Node> entries = new LinkedHashMap<>();
    Map<String, Node> merged = new LinkedHashMap<>();
    int weight = 1;
    for (Event event = take(); !event.is(Event.ID.MappingEnd); event = take()) {
      boolean merge = event instanceof ScalarEvent scalar
          && scalar.isPlain()
          && scalar.getTag() == null
          && scalar.getValue().equals("<<");
      int keyLine = line(event);
      Built keyNode = node(event, depth + 1);
      String key = key(keyNode.node);
      Built value = node(take(), depth + 1);
      weight += keyNode.weight + value.weight;
      if (merge) {
        merge(value.node, keyLine, entries.keySet(), merged);
      } else if (entries.put(key, value.node) != null) {
        throw budget.refuse(
            keyLine, "the key \"" + Shown.of(key) + "\" is there twice; remove one");
      }
    }
    merged.putAll(entries);
    return new Built(new Node.Mapping(line, merged), weight);
  }

  /** Adds what is not there yet: of several merged objects the first counts. */
  private void merge(Node value, int line, Set<String> before, Map<String, Node> merged)
      throws AuditException {
    if (value instanceof Node.Mapping mapping) {
      for (Map.Entry<String, Node> entry : mapping.entries().entrySet()) {
        if (before.contains(entry.getKey())) {
          throw budget.refuse(
              line,
              "<< merges in this key \"" + Shown.of(entry.getKey())
                  + "\" after another; which one counts depends on the reader, so write << first");
        }
        merged.putIfAbsent(entry.getKey(), entry.getValue());
      }
    } else if (value instanceof Node.Sequence sequence
        && sequence.items().stream().allMatch(Node.Mapping.class::isInstance)) {
      for (Node item : sequence.items()) {
        merge(item, line, before, merged);
      }
    } else {
      throw budget.refuse(line, "<< merges an object or a list of them");
    }
  }

  private String key(Node key) throws AuditException {
    if (key instanceof Node.Text text) {
      return text.value();
    } else if (key instanceof Node.Bool bool) {
      return String.valueOf(bool.value());
    } else if (key instanceof Node.Numeric number) {
      return number.text();
    }
    throw malformed(key.line(), "a key has to be text, and is " + key.kind());
  }
}
