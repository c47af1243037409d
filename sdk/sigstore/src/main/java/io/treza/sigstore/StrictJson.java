package io.treza.sigstore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** Reads JSON that can be understood in one way only. */
final class StrictJson {
  /** Many times a bundle with a large statement. */
  static final int MAX_BYTES = 16 << 20;

  private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder()
              .maxNestingDepth(64)
              .maxNumberLength(32)
              .build())
          .build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private StrictJson() {}

  static JsonNode parse(byte[] json) throws Refused {
    if (json.length > MAX_BYTES) {
      throw new Refused(
          BundleReason.MALFORMED, json.length + " bytes of JSON; at most " + MAX_BYTES);
    }
    try {
      JsonNode tree = MAPPER.readTree(json);
      if (!tree.isObject()) {
        throw new Refused(BundleReason.MALFORMED, "no JSON object");
      }
      return tree;
    } catch (IOException e) {
      throw new Refused(BundleReason.MALFORMED, "not the JSON of one object: " + e.getMessage(), e);
    }
  }
}
