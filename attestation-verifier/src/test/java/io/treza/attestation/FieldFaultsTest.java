package io.treza.attestation;

import static io.treza.attestation.Reason.CABUNDLE;
import static io.treza.attestation.Reason.CERTIFICATE_SIZE;
import static io.treza.attestation.Reason.DIGEST;
import static io.treza.attestation.Reason.FIELD_TYPE;
import static io.treza.attestation.Reason.MISSING_FIELD;
import static io.treza.attestation.Reason.MODULE_ID;
import static io.treza.attestation.Reason.NITROTPM_DOCUMENT;
import static io.treza.attestation.Reason.OPTIONAL_FIELD_SIZE;
import static io.treza.attestation.Reason.PCRS;
import static io.treza.attestation.Reason.TIMESTAMP;
import static io.treza.attestation.Reason.TOO_LARGE;
import static io.treza.attestation.Reason.UNKNOWN_FIELD;

import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Pcrs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The nine fields: presence, type, size and value, each at its edge. */
class FieldFaultsTest {
  /** One item of every type that may stand in a payload at all. */
  private static final Map<String, byte[]> ITEMS = new TreeMap<>(Map.of(
      "a number", Cbor.integer(1),
      "a negative number", Cbor.integer(-1),
      "text", Cbor.text("x"),
      "bytes", Cbor.bytes(new byte[48]),
      "an array", Cbor.array(Cbor.integer(1)),
      "a map", Cbor.map(Cbor.integer(0), Cbor.nullValue()),
      "null", Cbor.nullValue()));

  /** The types that each field may have. */
  private static final Map<String, List<String>> TYPES = new TreeMap<>(Map.of(
      "module_id", List.of("text"),
      "digest", List.of("text"),
      "timestamp", List.of("a number", "a negative number"),
      "pcrs", List.of("a map"),
      "certificate", List.of("bytes"),
      "cabundle", List.of("an array"),
      "public_key", List.of("bytes", "null"),
      "user_data", List.of("bytes", "null"),
      "nonce", List.of("bytes", "null")));

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(missing(), types(), names(), values(), pcrs(), certificates(), optionals())
        .flatMap(s -> s);
  }

  private static Stream<Fault> missing() {
    return Stream.of("module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle")
        .map(name -> fault(name + " is missing", MISSING_FIELD, d -> d.without(name)));
  }

  private static Stream<Fault> types() {
    return TYPES.entrySet().stream()
        .flatMap(field -> ITEMS.entrySet().stream()
            .filter(item -> !field.getValue().contains(item.getKey()))
            .map(item -> fault(
                item.getKey() + " in " + field.getKey(),
                FIELD_TYPE,
                d -> d.field(field.getKey(), item.getValue()))));
  }

  private static Stream<Fault> names() {
    return Stream.of(
        fault("a tenth field", UNKNOWN_FIELD, d -> d.field("extra", Cbor.nullValue())),
        fault("a field without a name", UNKNOWN_FIELD, d -> d.field("", Cbor.nullValue())),
        fault("a field named in Greek", UNKNOWN_FIELD, d -> d.field("νῶε", Cbor.nullValue())),
        fault("Nonce", UNKNOWN_FIELD, d -> d.key("nonce", Cbor.text("Nonce"))),
        fault("a space after nonce", UNKNOWN_FIELD, d -> d.key("nonce", Cbor.text("nonce "))),
        fault("a zero after nonce", UNKNOWN_FIELD, d -> d.key("nonce", Cbor.text("nonce\0"))),
        fault(
            "64 numbers in a tenth field",
            UNKNOWN_FIELD,
            d -> d.field("extra", PayloadFormFaultsTest.numbered(64))),
        fault(
            "an array in a tenth field",
            UNKNOWN_FIELD,
            d -> d.field("extra", PayloadFormFaultsTest.nested(1))),
        fault(
            "a payload of 16,384 bytes",
            UNKNOWN_FIELD,
            d -> d.payload(EnvelopeFaultsTest.paddedTo(16_384))),
        fault(
            "nitrotpm_pcrs for pcrs",
            NITROTPM_DOCUMENT,
            d -> d.key("pcrs", Cbor.text("nitrotpm_pcrs"))),
        fault(
            "nitrotpm_pcrs beside pcrs",
            NITROTPM_DOCUMENT,
            d -> d.field("nitrotpm_pcrs", Cbor.map())),
        fault(
            "a TPM's module_id",
            NITROTPM_DOCUMENT,
            d -> d.moduleId("i-0123456789abcdef0-tpm0000000000000000")));
  }

  private static Stream<Fault> values() {
    return Stream.of(
        fault("an empty module_id", MODULE_ID, d -> d.moduleId("")),
        fault("an empty digest", DIGEST, d -> d.digest("")),
        fault("digest SHA256", DIGEST, d -> d.digest("SHA256")),
        fault("digest SHA512", DIGEST, d -> d.digest("SHA512")),
        fault("digest sha384", DIGEST, d -> d.digest("sha384")),
        fault("digest SHA-384", DIGEST, d -> d.digest("SHA-384")),
        fault("timestamp 0", TIMESTAMP, d -> d.timestamp(0)),
        fault("timestamp -1", TIMESTAMP, d -> d.timestamp(-1)),
        fault("timestamp -2^63", TIMESTAMP, d -> d.timestamp(Long.MIN_VALUE)),
        fault("timestamp 2^63 - 1", TIMESTAMP, d -> d.timestamp(Long.MAX_VALUE)),
        fault("a timestamp of year 10000", TIMESTAMP, d -> d.timestamp(253_402_300_800_000L)));
  }

  private static Stream<Fault> pcrs() {
    Stream<Fault> lengths = Stream.of(0, 1, 31, 33, 47, 49, 63, 65, 96)
        .map(n -> fault("a PCR of " + n + " bytes", PCRS, d -> d.pcr(5, new byte[n])));
    Stream<Fault> others = Stream.of(
        fault("no PCR", PCRS, d -> d.field("pcrs", Cbor.map())),
        fault("no PCR in an indefinite map", PCRS, d -> d.field("pcrs", Cbor.indefiniteMap())),
        fault("PCR32", PCRS, d -> d.pcr(32, Pcrs.zero())),
        fault("PCR99", PCRS, d -> d.pcr(99, Pcrs.zero())),
        fault("PCR100", PCRS, d -> d.pcr(100, Pcrs.zero())),
        fault("PCR255", PCRS, d -> d.pcr(255, Pcrs.zero())),
        pcrItem("PCR(2^32)", PCRS, Cbor.integer(1L << 32), Cbor.bytes(Pcrs.zero())),
        pcrItem("PCR(2^63 - 1)", PCRS, Cbor.integer(Long.MAX_VALUE), Cbor.bytes(Pcrs.zero())),
        pcrItem("a null PCR", FIELD_TYPE, Cbor.integer(0), Cbor.nullValue()),
        pcrItem("a text PCR", FIELD_TYPE, Cbor.integer(0), Cbor.text("0".repeat(48))),
        pcrItem("a numeric PCR", FIELD_TYPE, Cbor.integer(0), Cbor.integer(0)));
    return Stream.concat(lengths, others);
  }

  private static Stream<Fault> certificates() {
    return Stream.of(
        fault("an empty cabundle", CABUNDLE, d -> d.cabundle(List.of())),
        fault(
            "an empty indefinite cabundle",
            CABUNDLE,
            d -> d.field("cabundle", Cbor.indefiniteArray())),
        fault("an empty certificate", CERTIFICATE_SIZE, d -> d.certificate(new byte[0])),
        fault("a certificate of 1025 bytes", CERTIFICATE_SIZE, d -> d.certificate(new byte[1025])),
        inBundle("an empty issuer", new byte[0]),
        inBundle("an issuer of 1025 bytes", new byte[1025]),
        fault(
            "a null item in cabundle",
            FIELD_TYPE,
            d -> d.field("cabundle", Cbor.array(Cbor.nullValue()))),
        fault(
            "a text item in cabundle",
            FIELD_TYPE,
            d -> d.field("cabundle", Cbor.array(Cbor.text("x")))),
        fault(
            "11 certificates in cabundle",
            TOO_LARGE,
            d -> d.cabundle(Collections.nCopies(11, new byte[1]))),
        new Fault(
            "more certificates than allowed",
            Step.FIELDS,
            TOO_LARGE,
            t -> t.verifier(v -> v.maxCertificates(3))));
  }

  private static Stream<Fault> optionals() {
    return Stream.of("public_key", "user_data", "nonce")
        .map(name -> fault(
            name + " of 1025 bytes",
            OPTIONAL_FIELD_SIZE,
            d -> d.field(name, Cbor.bytes(new byte[1025]))));
  }

  private static Fault fault(String name, Reason reason, Consumer<DocumentBuilder> change) {
    return Fault.inDocument(name, Step.FIELDS, reason, change);
  }

  private static Fault pcrItem(String name, Reason reason, byte[] index, byte[] value) {
    return fault(name, reason, d -> d.field("pcrs", Cbor.map(index, value)));
  }

  /** The last of the bundle is wrong: the sizes of all are checked. */
  private static Fault inBundle(String name, byte[] certificate) {
    List<byte[]> bundle = new ArrayList<>(Trial.CHAIN.cabundle());
    bundle.set(bundle.size() - 1, certificate);
    return fault(name, CERTIFICATE_SIZE, d -> d.cabundle(bundle));
  }
}
