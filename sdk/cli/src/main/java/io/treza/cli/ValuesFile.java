package io.treza.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;

/** Files of reference values: the publisher's own, and signed ones as they are handed out. */
final class ValuesFile {
  private ValuesFile() {}

  /** All bytes of a file of a size that reference values may have; "-" is standard input. */
  static byte[] bytes(String file) {
    int most = 2 * ReferenceValues.MAX_BYTES;
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new Unusable(file + ": over " + most + " bytes, which no reference values are");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new Unusable(file + " does not exist", e);
    } catch (IOException e) {
      throw new Unusable(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The publisher's own file, which is not signed. */
  static ReferenceValues own(String file) {
    return own(file, bytes(file));
  }

  /** The publisher's own file, of these bytes. */
  static ReferenceValues own(String file, byte[] bytes) {
    if (isEnvelope(bytes)) {
      throw new Unusable(
          file + ": is signed, and a change would make the signature wrong; change the"
              + " file that it was made from, and sign that again");
    }
    return unsigned(file, bytes);
  }

  /** What a file says, signed or not, by whomever. */
  static ReferenceValues unverified(String file) {
    return unverified(file, bytes(file));
  }

  /** What these bytes of a file say. */
  static ReferenceValues unverified(String file, byte[] bytes) {
    if (!isEnvelope(bytes)) {
      return unsigned(file, bytes);
    }
    try {
      JsonNode statement = JsonMapper.builder()
          .build()
          .readTree(Base64.getMimeDecoder()
              .decode(member(bytes, isBundle(bytes) ? "/dsseEnvelope/payload" : "/payload")));
      return unsigned(
          file,
          statement.path("predicate").toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (IOException | IllegalArgumentException e) {
      throw new Unusable(file + ": its payload cannot be read: " + e.getMessage(), e);
    }
  }

  private static ReferenceValues unsigned(String file, byte[] bytes) {
    try {
      return ReferenceValues.parseUnsigned(bytes, file);
    } catch (ReferenceValuesException e) {
      throw new Unusable(file + ": " + e.getMessage(), e);
    }
  }

  /** Whether it looks like a DSSE envelope or a Sigstore bundle, which are read by those who verify. */
  static boolean isEnvelope(byte[] bytes) {
    return !member(bytes, "/payload").isEmpty() || isBundle(bytes);
  }

  /** Whether it looks like a Sigstore bundle. */
  static boolean isBundle(byte[] bytes) {
    return !member(bytes, "/mediaType").isEmpty();
  }

  /** Whether it looks like a file of reference values, as opposed to a build's output. */
  static boolean isValues(byte[] bytes) {
    return !member(bytes, "/application").isEmpty();
  }

  private static String member(byte[] bytes, String pointer) {
    try {
      return JsonMapper.builder().build().readTree(bytes).at(pointer).asText("");
    } catch (IOException e) {
      return "";
    }
  }
}
