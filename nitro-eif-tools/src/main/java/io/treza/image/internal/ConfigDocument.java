package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.image.ImageConfig;
import io.treza.image.ImageDetails;
import io.treza.image.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads and writes a configuration (OCI Image Specification 1.1, "Image Configuration"). */
final class ConfigDocument {
  private ConfigDocument() {}

  static ImageConfig read(Json root) throws ImageException {
    Json config = root.get("config");
    return new ImageConfig(
        root.get("architecture").string(),
        root.get("os").string(),
        config.get("Entrypoint").strings(),
        config.get("Cmd").strings(),
        config.get("Env").strings(),
        config.get("WorkingDir").stringOr(""),
        config.get("User").stringOr(""));
  }

  static ImageDetails details(Json root, Map<String, String> annotations) throws ImageException {
    Json config = root.get("config");
    List<ImageDetails.History> history = new ArrayList<>();
    for (Json step : root.get("history").list()) {
      history.add(new ImageDetails.History(
          step.get("created").stringOr(""),
          step.get("created_by").stringOr(""),
          step.get("comment").stringOr(""),
          step.get("empty_layer").node().asBoolean()));
    }
    return new ImageDetails(
        root.get("created").stringOr(""),
        config.get("Labels").texts(),
        annotations,
        config.get("ExposedPorts").keys(),
        config.get("Volumes").keys(),
        config.get("StopSignal").stringOr(""),
        config.get("Healthcheck").get("Test").strings(),
        config.get("OnBuild").strings(),
        history);
  }

  /** The configuration of an image of one layer: always the same bytes for the same values. */
  static byte[] write(ImageConfig config, Digest diffId) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("architecture", config.architecture());
    root.put("os", config.os());
    ObjectNode run = root.putObject("config");
    put(run.putArray("Entrypoint"), config.entrypoint());
    put(run.putArray("Cmd"), config.cmd());
    put(run.putArray("Env"), config.env());
    run.put("WorkingDir", config.workingDir());
    run.put("User", config.user());
    ObjectNode rootfs = root.putObject("rootfs");
    rootfs.put("type", "layers");
    rootfs.putArray("diff_ids").add(diffId.toString());
    return root.toString().getBytes(UTF_8);
  }

  private static void put(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }
}
