package io.treza.attestation.reference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.Measurements;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the measurements of one release as builds print them.
 *
 * <p>Two forms are read: what {@code nitro-cli build-enclave}, {@code nitro-cli describe-eif} and
 * {@code treza eif} print, <code>{"Measurements": {"PCR0": …}}</code>, and the flat <code>
 * {"PCR0": …}</code>. Both strictly: each key once, PCR0 to PCR2 present, every value 96
 * hexadecimal digits and not zero. Every PCR in the file is pinned.
 */
public final class ReferenceValues {
  private static final Pattern PCR = Pattern.compile("PCR(0|[1-9][0-9]?)");

  /** How nitro-cli names SHA-384: the debug form of two versions of a Rust type. */
  private static final Pattern SHA384 = Pattern.compile("(?i)sha-?384.*|sha512_48.*");

  private static final ObjectReader STRICT = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build()
      .reader();

  private ReferenceValues() {}

  /**
   * Reads one release.
   *
   * @param json the file, UTF-8
   * @param release what results will call the release, for example the file's name
   * @throws ReferenceValuesException if the file is of neither form or a value is unusable
   */
  public static Measurements parse(byte[] json, String release) throws ReferenceValuesException {
    JsonNode root = read(json);
    JsonNode values = root.has("Measurements") ? root.get("Measurements") : root;
    if (!values.isObject()) {
      throw new ReferenceValuesException("expected a JSON object with PCR0, PCR1 and PCR2");
    }
    Measurements.Builder measurements = Measurements.builder().release(release);
    for (Map.Entry<String, JsonNode> entry : values.properties()) {
      add(measurements, entry.getKey(), entry.getValue());
    }
    try {
      return measurements.build();
    } catch (IllegalArgumentException e) {
      throw new ReferenceValuesException(e.getMessage() + "; take the file your build printed", e);
    }
  }

  private static JsonNode read(byte[] json) throws ReferenceValuesException {
    try {
      return STRICT.readTree(json);
    } catch (JsonProcessingException e) {
      throw new ReferenceValuesException(
          "not JSON with each key once: "
              + e.getOriginalMessage()
              + " at line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new ReferenceValuesException("cannot be read: " + e.getMessage(), e);
    }
  }

  private static void add(Measurements.Builder measurements, String key, JsonNode value)
      throws ReferenceValuesException {
    if (!value.isTextual()) {
      throw new ReferenceValuesException(key + ": expected text, found " + value.getNodeType());
    }
    if (key.equals("HashAlgorithm")) {
      if (!SHA384.matcher(value.textValue()).matches()) {
        throw new ReferenceValuesException(
            "HashAlgorithm: Nitro measures with SHA-384, not with " + value.textValue());
      }
      return;
    }
    Matcher pcr = PCR.matcher(key);
    if (!pcr.matches()) {
      throw new ReferenceValuesException(
          "\"" + key + "\" is not understood; expected PCR0 to PCR31 and HashAlgorithm");
    }
    try {
      measurements.pcr(Integer.parseInt(pcr.group(1)), value.textValue());
    } catch (IllegalArgumentException e) {
      throw new ReferenceValuesException(e.getMessage(), e);
    }
  }
}
