package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
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
    JsonNode root = tree(bytes);
    if (!isEnvelope(root)) {
      return unsigned(file, bytes);
    }
    try {
      String payload =
          root.at(isBundle(root) ? "/dsseEnvelope/payload" : "/payload").asText("");
      JsonNode statement =
          JsonMapper.builder().build().readTree(Base64.getMimeDecoder().decode(payload));
      return unsigned(file, statement.path("predicate").toString().getBytes(UTF_8));
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
    return isEnvelope(tree(bytes));
  }

  private static boolean isEnvelope(JsonNode root) {
    return says(root, "payload") || isBundle(root);
  }

  /** Whether it looks like a Sigstore bundle. */
  static boolean isBundle(byte[] bytes) {
    return isBundle(tree(bytes));
  }

  private static boolean isBundle(JsonNode root) {
    return says(root, "mediaType");
  }

  /** Whether it looks like a file of reference values, as opposed to a build's output. */
  static boolean isValues(byte[] bytes) {
    return says(tree(bytes), "application");
  }

  private static boolean says(JsonNode root, String member) {
    return !root.path(member).asText("").isEmpty();
  }

  /** The JSON, or nothing where it is none, which the strict readers then say. */
  private static JsonNode tree(byte[] bytes) {
    try {
      return JsonMapper.builder().build().readTree(bytes);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }
}
