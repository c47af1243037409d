package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Parses what has exactly one meaning: one JSON object in valid UTF-8 and nothing after it, each
 * member once (RFC 7493), of bounded size, depth and numbers.
 */
final class StrictJson {
  private static final int MAX_BYTES = ReferenceValues.MAX_BYTES;

  private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder()
              .maxNestingDepth(16)
              .maxNumberLength(32)
              .maxNameLength(1024)
              .maxStringLength(MAX_BYTES)
              .build())
          .build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build()
      .reader();

  private StrictJson() {}

  /**
   * The object that {@code json} is.
   *
   * @param path of what {@code json} is, for messages; empty for a file
   */
  static Fields object(byte[] json, String path) throws ReferenceValuesException {
    String where = path.isEmpty() ? "" : path + ": ";
    if (json.length > MAX_BYTES) {
      throw new ReferenceValuesException(
          Problem.TOO_LARGE,
          where + json.length + " bytes are too many; at most " + MAX_BYTES + " are read");
    }
    try {
      // By way of characters: given bytes, the parser would guess UTF-16 and UTF-32 as well.
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      return Fields.of(READER.readTree(text), path);
    } catch (CharacterCodingException e) {
      throw new ReferenceValuesException(Problem.NOT_JSON, where + "not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw new ReferenceValuesException(
          Problem.NOT_JSON,
          where + "not JSON with each key once: " + e.getOriginalMessage() + " at line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    }
  }
}
