package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

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
      .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build()
      .reader();

  /** What follows in the parser's messages is about its own settings. */
  private static final Pattern LIBRARY_TALK = Pattern.compile(" \\(| for `");

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
    if (!isUtf8(json)) {
      throw new ReferenceValuesException(Problem.NOT_JSON, where + "not UTF-8");
    }
    try {
      return Fields.of(READER.readTree(json), () -> path);
    } catch (JsonProcessingException e) {
      throw new ReferenceValuesException(
          Problem.NOT_JSON,
          where + "not JSON with each key once: " + LIBRARY_TALK.split(e.getOriginalMessage())[0]
              + " at line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
  }

  /**
   * Whether the bytes are UTF-8 and would not be taken for anything else: the parser would guess
   * UTF-16 and UTF-32 from where zeros stand, skip a byte order mark, and take some invalid bytes.
   */
  private static boolean isUtf8(byte[] json) {
    for (int i = 0; i < Math.min(4, json.length); i++) {
      if (json[i] == 0) {
        return false;
      }
    }
    return isAscii(json) || isStrictUtf8(json);
  }

  /** Most files are, and this is much faster than decoding them. */
  private static boolean isAscii(byte[] json) {
    ByteBuffer bytes = ByteBuffer.wrap(json);
    long bits = 0;
    while (bytes.remaining() >= Long.BYTES) {
      bits |= bytes.getLong();
    }
    while (bytes.hasRemaining()) {
      bits |= bytes.get() << 24;
    }
    return (bits & 0x8080808080808080L) == 0;
  }

  private static boolean isStrictUtf8(byte[] json) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).charAt(0)
          != '\ufeff';
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
