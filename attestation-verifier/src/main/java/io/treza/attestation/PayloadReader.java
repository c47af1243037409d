package io.treza.attestation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.treza.attestation.internal.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one payload into the nine fields and enforces AWS's rules on each (Attestation process,
 * section 3.2.2), as real documents keep them: unused optional fields are null, absent or empty,
 * and hold up to 1024 bytes.
 */
final class PayloadReader {
  /** Keeps no names it has read: they are a stranger's choice. */
  private static final CBORFactory CBOR = CBORFactory.builder()
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .build();

  private static final Pattern TPM_MODULE = Pattern.compile("i-[0-9a-f]+-tpm[0-9a-f]+");
  private static final int MAX_PCRS = 32;
  private static final int MAX_FIELD_BYTES = 1024;

  private final Limits limits;
  private @Nullable String moduleId;
  private @Nullable String digest;
  private @Nullable Long timestamp;
  private @Nullable SortedMap<Integer, PcrValue> pcrs;
  private byte @Nullable [] certificate;
  private @Nullable List<byte[]> cabundle;
  private Optional<byte[]> publicKey = Optional.empty();
  private Optional<byte[]> userData = Optional.empty();
  private Optional<byte[]> nonce = Optional.empty();

  PayloadReader(Limits limits) {
    this.limits = limits;
  }

  DocumentFields read(byte[] payload) throws Refusal {
    try (JsonParser parser = CBOR.createParser(payload)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        readField(name, parser);
      }
    } catch (IOException e) {
      throw new Refusal(Reason.MALFORMED_CBOR, "a map of the nine fields", e.toString());
    }
    return new DocumentFields(
        present("module_id", moduleId),
        present("digest", digest),
        present("timestamp", timestamp),
        present("pcrs", pcrs),
        present("certificate", certificate),
        present("cabundle", cabundle),
        publicKey,
        userData,
        nonce);
  }

  private void readField(String name, JsonParser parser) throws IOException, Refusal {
    switch (name) {
      case "module_id" -> moduleId = moduleId(text(name, parser));
      case "digest" -> digest = digest(text(name, parser));
      case "timestamp" -> timestamp = timestamp(parser);
      case "pcrs" -> pcrs = pcrs(parser);
      case "certificate" -> certificate = certificate(name, parser);
      case "cabundle" -> cabundle = cabundle(parser);
      case "public_key" -> publicKey = optional(name, parser);
      case "user_data" -> userData = optional(name, parser);
      case "nonce" -> nonce = optional(name, parser);
      case "nitrotpm_pcrs" -> throw nitroTpm("the field nitrotpm_pcrs");
      default ->
        throw new Refusal(
            Reason.UNKNOWN_FIELD,
            "the nine fields of an enclave's document",
            "a field named " + Text.quoted(name));
    }
  }

  private static String moduleId(String value) throws Refusal {
    if (value.isEmpty()) {
      throw new Refusal(Reason.MODULE_ID, "the NSM's name", "\"\"");
    }
    if (TPM_MODULE.matcher(value).matches()) {
      throw nitroTpm("module_id " + Text.quoted(value));
    }
    return value;
  }

  private static Refusal nitroTpm(String found) {
    return new Refusal(Reason.NITROTPM_DOCUMENT, "an enclave's document", found);
  }

  private static String digest(String value) throws Refusal {
    if (!value.equals("SHA384")) {
      throw new Refusal(Reason.DIGEST, "\"SHA384\"", Text.quoted(value));
    }
    return value;
  }

  private static Long timestamp(JsonParser parser) throws IOException, Refusal {
    require("timestamp", "a whole number", parser, JsonToken.VALUE_NUMBER_INT);
    long value = parser.getLongValue();
    if (value <= 0 || value > Limits.LAST_TIMESTAMP_MILLIS) {
      throw new Refusal(
          Reason.TIMESTAMP, "milliseconds since 1970, positive", Long.toString(value));
    }
    return value;
  }

  private static SortedMap<Integer, PcrValue> pcrs(JsonParser parser) throws IOException, Refusal {
    require("pcrs", "a map", parser, JsonToken.START_OBJECT);
    SortedMap<Integer, PcrValue> pcrs = new TreeMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String index = parser.currentName();
      parser.nextToken();
      byte[] value = bytes("PCR" + index, parser);
      if (index.length() > 2 || Integer.parseInt(index) >= MAX_PCRS) {
        throw new Refusal(Reason.PCRS, "PCR0 to PCR31", "PCR" + index);
      }
      if (!PcrValue.isLength(value.length)) {
        throw new Refusal(
            Reason.PCRS, "32, 48 or 64 bytes", value.length + " bytes in PCR" + index);
      }
      pcrs.put(Integer.valueOf(index), PcrValue.of(value));
    }
    if (pcrs.isEmpty()) {
      throw new Refusal(Reason.PCRS, "1 to 32 registers", "none");
    }
    return pcrs;
  }

  private static byte[] certificate(String name, JsonParser parser) throws IOException, Refusal {
    byte[] der = bytes(name, parser);
    if (der.length == 0 || der.length > MAX_FIELD_BYTES) {
      throw new Refusal(
          Reason.CERTIFICATE_SIZE, "1 to 1024 bytes", der.length + " bytes in " + name);
    }
    return der;
  }

  private List<byte[]> cabundle(JsonParser parser) throws IOException, Refusal {
    require("cabundle", "an array", parser, JsonToken.START_ARRAY);
    List<byte[]> bundle = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (bundle.size() == limits.certificates()) {
        throw new Refusal(
            Reason.TOO_LARGE,
            "at most " + limits.certificates() + " certificates in cabundle",
            "more");
      }
      bundle.add(certificate("cabundle[" + bundle.size() + "]", parser));
    }
    if (bundle.isEmpty()) {
      throw new Refusal(Reason.CABUNDLE, "the chain from the root", "an empty array");
    }
    return bundle;
  }

  private static Optional<byte[]> optional(String name, JsonParser parser)
      throws IOException, Refusal {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return Optional.empty();
    }
    byte[] value = bytes(name, parser);
    if (value.length > MAX_FIELD_BYTES) {
      throw new Refusal(
          Reason.OPTIONAL_FIELD_SIZE, "0 to 1024 bytes", value.length + " bytes in " + name);
    }
    return Optional.of(value);
  }

  private static String text(String name, JsonParser parser) throws IOException, Refusal {
    require(name, "text", parser, JsonToken.VALUE_STRING);
    return parser.getText();
  }

  private static byte[] bytes(String name, JsonParser parser) throws IOException, Refusal {
    require(name, "a byte string", parser, JsonToken.VALUE_EMBEDDED_OBJECT);
    return parser.getBinaryValue();
  }

  private static void require(String name, String expected, JsonParser parser, JsonToken token)
      throws Refusal {
    if (parser.currentToken() != token) {
      throw new Refusal(
          Reason.FIELD_TYPE, expected + " in " + name, String.valueOf(parser.currentToken()));
    }
  }

  private static <T> T present(String name, @Nullable T value) throws Refusal {
    if (value == null) {
      throw new Refusal(Reason.MISSING_FIELD, "the field " + name, "no such field");
    }
    return value;
  }
}
