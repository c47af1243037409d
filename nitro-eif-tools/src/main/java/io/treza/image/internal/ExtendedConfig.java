package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.image.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of an image built on another (OCI Image Specification 1.1, "Image
 * Configuration"): what is said of the base still holds unless it is said anew. Times are those of
 * 1970, so that the same build gives the same bytes.
 */
public final class ExtendedConfig {
  private static final String EPOCH = "1970-01-01T00:00:00Z";
  private static final List<String> PLATFORM =
      List.of("architecture", "os", "os.version", "os.features", "variant");

  private record Step(Digest diffId, String description) {}

  private final Json base;
  private final ObjectNode run = JsonNodeFactory.instance.objectNode();
  private final List<Step> steps = new ArrayList<>();

  /** Starts from a base's configuration. */
  public ExtendedConfig(Json base) throws ImageException {
    this.base = base;
    if (!base.get("config").absent()) {
      base.get("config").node().properties().forEach(e -> run.set(e.getKey(), e.getValue()));
    }
  }

  /** Replaces a member of what to run, whatever its case in the base: Go's readers take any. */
  public void set(String name, JsonNode value) {
    run.properties().removeIf(member -> member.getKey().equalsIgnoreCase(name));
    run.set(name, value);
  }

  /** Replaces a list of strings. */
  public void set(String name, List<String> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    set(name, array);
  }

  /** Sets variables of the environment, each in its old place if the base has it. */
  public void environment(Map<String, String> variables) throws ImageException {
    List<String> items = new ArrayList<>(base.get("config").get("Env").strings());
    variables.forEach((name, value) -> {
      items.replaceAll(item -> item.startsWith(name + "=") ? name + "=" + value : item);
      if (!items.contains(name + "=" + value)) {
        items.add(name + "=" + value);
      }
    });
    set("Env", items);
  }

  /** Adds labels to those of the base. */
  public void labels(Map<String, String> labels) throws ImageException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    base.get("config").get("Labels").texts().forEach(all::put);
    labels.forEach(all::put);
    set("Labels", all);
  }

  /** Says that a layer is on top of those before, and what made it. */
  void layer(Digest diffId, String step) {
    steps.add(new Step(diffId, step));
  }

  /** The document. */
  byte[] bytes() throws ImageException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("created", EPOCH);
    for (String member : PLATFORM) {
      Json value = base.get(member);
      if (!value.absent()) {
        root.set(member, value.node());
      }
    }
    root.set("config", run);
    ArrayNode diffIds = root.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    List<String> below = base.get("rootfs").get("diff_ids").strings();
    below.forEach(diffIds::add);
    steps.forEach(step -> diffIds.add(step.diffId().toString()));
    Optional<ArrayNode> history = history(below.size());
    if (history.isPresent()) {
      steps.forEach(step ->
          history.get().addObject().put("created", EPOCH).put("created_by", step.description()));
      root.set("history", history.get());
    }
    return root.toString().getBytes(UTF_8);
  }

  /** The base's, if it accounts for every layer: readers refuse one that does not. */
  private Optional<ArrayNode> history(int layers) throws ImageException {
    ArrayNode history = JsonNodeFactory.instance.arrayNode();
    int filled = 0;
    for (Json step : base.get("history").list()) {
      history.add(step.node());
      filled += step.get("empty_layer").node().asBoolean() ? 0 : 1;
    }
    return filled == layers ? Optional.of(history) : Optional.empty();
  }
}
