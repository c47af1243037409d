package io.treza.audit.internal.yaml;

import io.treza.audit.AuditException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A value in a YAML file of settings, with its place for messages.
 *
 * <p>Every scalar is text: what YAML makes of {@code 2027-01-31} or {@code no} does not come into
 * it. Keys may not repeat, and merge keys are keys like others.
 */
public final class Setting {
  private static final int MAX_BYTES = 1 << 20;

  private final String file;
  private final Node node;

  private Setting(String file, Node node) {
    this.file = file;
    this.node = node;
  }

  /**
   * Reads the one document in a file of at most 1 MiB.
   *
   * @throws AuditException if it is missing, too large, empty or no YAML
   */
  public static Setting read(Path path) throws IOException {
    return parse(path.toString(), text(path));
  }

  /** The text of a file of at most 1 MiB in UTF-8. */
  public static String text(Path path) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new AuditException(path + ": no such file", e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new AuditException(path + ": over 1 MiB, which no file of settings is");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new AuditException(path + ": not text in UTF-8", e);
    }
  }

  /** Reads one document; {@code file} names it in messages. */
  public static Setting parse(String file, String text) throws AuditException {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(50);
    options.setNestingDepthLimit(50);
    try {
      Iterator<Node> documents =
          new Yaml(options).composeAll(new java.io.StringReader(text)).iterator();
      if (!documents.hasNext()) {
        throw new AuditException(file + ": is empty");
      }
      Setting setting = new Setting(file, documents.next());
      if (documents.hasNext()) {
        throw new AuditException(file + ": holds several documents; give one");
      }
      return setting;
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      throw new AuditException(
          file + ": line " + line + ": not well-formed YAML: " + e.getProblem(), e);
    } catch (YAMLException e) {
      throw new AuditException(file + ": not well-formed YAML: " + e.getMessage(), e);
    }
  }

  /** The line it starts on, from 1. */
  public int line() {
    return node.getStartMark().getLine() + 1;
  }

  /** The file and line, for messages. */
  public String place() {
    return file + ": line " + line();
  }

  /** The members of an object, in the order written. */
  public Map<String, Setting> members() throws AuditException {
    if (!(node instanceof MappingNode mapping)) {
      throw error("expected names with values");
    }
    Map<String, Setting> members = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Setting name = new Setting(file, tuple.getKeyNode());
      if (members.put(name.text(), new Setting(file, tuple.getValueNode())) != null) {
        throw name.error("\"" + name.text() + "\" is there twice");
      }
    }
    return members;
  }

  /** The members of an object that may have these and no others. */
  public Map<String, Setting> members(List<String> allowed) throws AuditException {
    Map<String, Setting> members = members();
    for (Map.Entry<String, Setting> member : members.entrySet()) {
      if (!allowed.contains(member.getKey())) {
        throw member
            .getValue()
            .error("no field \"" + member.getKey() + "\" is known; there are "
                + String.join(", ", allowed));
      }
    }
    return members;
  }

  /** The items of a list. */
  public List<Setting> items() throws AuditException {
    if (!(node instanceof SequenceNode sequence)) {
      throw error("expected a list");
    }
    List<Setting> items = new ArrayList<>();
    sequence.getValue().forEach(item -> items.add(new Setting(file, item)));
    return items;
  }

  /** The texts of a list. */
  public List<String> texts() throws AuditException {
    List<String> texts = new ArrayList<>();
    for (Setting item : items()) {
      texts.add(item.text());
    }
    return texts;
  }

  /** A scalar as it is written, without its quotes. */
  public String text() throws AuditException {
    if (!(node instanceof ScalarNode scalar)) {
      throw error("expected one value");
    }
    return scalar.getValue();
  }

  /** Whether it is {@code true}; anything but that and {@code false} is an error. */
  public boolean bool() throws AuditException {
    return switch (text()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw error("expected true or false, not \"" + text() + "\"");
    };
  }

  /** What to throw for this value. */
  public AuditException error(String what) {
    return new AuditException(place() + ": " + what);
  }
}
