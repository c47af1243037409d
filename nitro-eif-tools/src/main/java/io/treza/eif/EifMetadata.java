package io.treza.eif;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

/**
 * The description an EIF carries in its metadata section; no register covers it.
 *
 * <p>Keys and their order are those of AWS's {@code EifIdentityInfo} (aws-nitro-enclaves-image-
 * format, {@code defs/eif_hasher.rs} and {@code defs/mod.rs}).
 */
public final class EifMetadata {
  // The switches reproduce what serde_json writes: sorted keys, lower-case hex in \\u escapes.
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
      .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
      .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
      .build();

  private final String json;

  private EifMetadata(Builder builder) {
    ObjectNode build = JSON.createObjectNode();
    build.put(
        "BuildTime",
        DateTimeFormatter.ISO_INSTANT.format(builder.buildTime).replace("Z", "+00:00"));
    build.put("BuildTool", builder.buildTool);
    build.put("BuildToolVersion", builder.buildToolVersion);
    build.put("OperatingSystem", builder.operatingSystem);
    build.put("KernelVersion", builder.kernelVersion);
    ObjectNode root = JSON.createObjectNode();
    root.put("ImageName", builder.imageName);
    root.put("ImageVersion", builder.imageVersion);
    root.set("BuildMetadata", build);
    root.set("DockerInfo", builder.dockerInfo);
    root.set("CustomMetadata", builder.customMetadata);
    json = write(root);
  }

  /** The section's content, compact JSON. */
  public String toJson() {
    return json;
  }

  /**
   * Starts a description.
   *
   * @param imageName what the image is called
   * @param imageVersion its version, for example a digest
   */
  public static Builder builder(String imageName, String imageVersion) {
    return new Builder(imageName, imageVersion);
  }

  /** Collects the optional parts; each has a value that does not depend on where it is built. */
  public static final class Builder {
    private final String imageName;
    private final String imageVersion;
    private Instant buildTime = Instant.EPOCH;
    private String buildTool = "treza";
    private String buildToolVersion = "unknown";
    private String operatingSystem = "Linux";
    private String kernelVersion = "unknown";
    private JsonNode dockerInfo = NullNode.getInstance();
    private JsonNode customMetadata = NullNode.getInstance();

    private Builder(String imageName, String imageVersion) {
      this.imageName = imageName;
      this.imageVersion = imageVersion;
    }

    /** When the image was built; the epoch unless said, so that two builds agree. */
    public Builder buildTime(Instant time) {
      this.buildTime = time;
      return this;
    }

    /** What built the image, and which version of it. */
    public Builder buildTool(String name, String version) {
      this.buildTool = name;
      this.buildToolVersion = version;
      return this;
    }

    /** What the kernel is, for example {@code Linux} and {@code 6.6.79}. */
    public Builder kernel(String system, String version) {
      this.operatingSystem = system;
      this.kernelVersion = version;
      return this;
    }

    /**
     * What {@code docker image inspect} says, as JSON.
     *
     * @throws IllegalArgumentException if {@code json} is not one JSON value
     */
    public Builder dockerInfo(String json) {
      this.dockerInfo = sorted("DockerInfo", json);
      return this;
    }

    /**
     * Anything the user adds, as a JSON object: {@code nitro-cli describe-eif} fails on another
     * kind of value.
     *
     * @throws IllegalArgumentException if {@code json} is not one JSON object
     */
    public Builder customMetadata(String json) {
      JsonNode value = sorted("CustomMetadata", json);
      if (!value.isObject()) {
        throw new IllegalArgumentException(
            "CustomMetadata must be a JSON object, not " + value.getNodeType());
      }
      this.customMetadata = value;
      return this;
    }

    public EifMetadata build() {
      return new EifMetadata(this);
    }
  }

  /** Parses user JSON and sorts the keys of its objects, as serde_json's map does. */
  private static JsonNode sorted(String what, String json) {
    try {
      return JSON.readTree(write(JSON.treeToValue(JSON.readTree(json), Object.class)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          what + " is not one well-formed JSON value: " + e.getOriginalMessage(), e);
    }
  }

  private static String write(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and parsed JSON always serialise", e);
    }
  }
}
