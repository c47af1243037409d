package io.treza.attestation;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.upokecenter.cbor.CBORObject;
import com.upokecenter.cbor.CBORType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The nine fields of a payload as one of three decoders sees them: ours, upokecenter's tree and
 * Jackson's tree. Comparable whoever decoded; byte strings in hexadecimal.
 */
record DecodedFields(
    String moduleId,
    String digest,
    long timestamp,
    SortedMap<Integer, String> pcrs,
    String certificate,
    List<String> cabundle,
    Optional<String> publicKey,
    Optional<String> userData,
    Optional<String> nonce) {

  private static final ObjectMapper JACKSON = new ObjectMapper(
      CBORFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  /** What our parser made of a document. */
  static DecodedFields of(AttestationDocument document) {
    SortedMap<Integer, String> pcrs = new TreeMap<>();
    document.pcrs().forEach((index, value) -> pcrs.put(index, value.toString()));
    return new DecodedFields(
        document.moduleId(),
        document.digest(),
        document.timestamp().toEpochMilli(),
        pcrs,
        hex(document.certificate()),
        document.cabundle().stream().map(DecodedFields::hex).toList(),
        document.publicKey().map(DecodedFields::hex),
        document.userData().map(DecodedFields::hex),
        document.nonce().map(DecodedFields::hex));
  }

  /**
   * The payload as upokecenter's CBORObject.
   *
   * @throws RuntimeException of any kind, if it is not CBOR or a field has another type
   */
  static DecodedFields byUpokecenter(byte[] payload) {
    CBORObject map = CBORObject.DecodeFromBytes(payload);
    SortedMap<Integer, String> pcrs = new TreeMap<>();
    for (CBORObject key : map.get("pcrs").getKeys()) {
      pcrs.put(key.AsInt32(), hex(map.get("pcrs").get(key).GetByteString()));
    }
    List<String> cabundle = new ArrayList<>();
    for (CBORObject certificate : map.get("cabundle").getValues()) {
      cabundle.add(hex(certificate.GetByteString()));
    }
    return new DecodedFields(
        map.get("module_id").AsString(),
        map.get("digest").AsString(),
        map.get("timestamp").AsInt64Value(),
        pcrs,
        hex(map.get("certificate").GetByteString()),
        cabundle,
        optional(map, "public_key"),
        optional(map, "user_data"),
        optional(map, "nonce"));
  }

  private static Optional<String> optional(CBORObject map, String name) {
    return Optional.ofNullable(map.get(name))
        .filter(value -> value.getType() != CBORType.SimpleValue)
        .map(value -> hex(value.GetByteString()));
  }

  /**
   * The payload as Jackson's tree, duplicate keys refused.
   *
   * @throws IOException if it is not CBOR
   * @throws RuntimeException of any kind, if a field has another type
   */
  static DecodedFields byJackson(byte[] payload) throws IOException {
    JsonNode map = JACKSON.readTree(payload);
    SortedMap<Integer, String> pcrs = new TreeMap<>();
    for (var entry : map.required("pcrs").properties()) {
      pcrs.put(Integer.valueOf(entry.getKey()), hex(bytes(entry.getValue())));
    }
    List<String> cabundle = new ArrayList<>();
    for (JsonNode certificate : map.required("cabundle")) {
      cabundle.add(hex(bytes(certificate)));
    }
    return new DecodedFields(
        map.required("module_id").textValue(),
        map.required("digest").textValue(),
        map.required("timestamp").longValue(),
        pcrs,
        hex(bytes(map.required("certificate"))),
        cabundle,
        optional(map, "public_key"),
        optional(map, "user_data"),
        optional(map, "nonce"));
  }

  private static Optional<String> optional(JsonNode map, String name) throws IOException {
    JsonNode value = map.path(name);
    return value.isNull() || value.isMissingNode()
        ? Optional.empty()
        : Optional.of(hex(bytes(value)));
  }

  private static byte[] bytes(JsonNode node) throws IOException {
    if (!node.isBinary()) {
      throw new IllegalArgumentException("a " + node.getNodeType() + " for a byte string");
    }
    return node.binaryValue();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
