package io.treza.attestation;

import static io.treza.attestation.Reason.DUPLICATE_KEY;
import static io.treza.attestation.Reason.KEY_TYPE;
import static io.treza.attestation.Reason.MALFORMED_CBOR;
import static io.treza.attestation.Reason.NOT_COSE_SIGN1;
import static io.treza.attestation.Reason.TOO_LARGE;
import static io.treza.attestation.Reason.TRAILING_BYTES;
import static io.treza.attestation.Reason.UNEXPECTED_TAG;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testkit.Cbor;
import io.treza.testkit.Cbor.Width;
import io.treza.testkit.Pcrs;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** CBOR in the payload that two libraries may read differently, or that no document uses. */
class PayloadFormFaultsTest {
  private static final byte[] ZERO_PCR = Cbor.bytes(Pcrs.zero());

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(whole(), keys(), tags(), values(), sizes()).flatMap(s -> s);
  }

  private static Stream<Fault> whole() {
    return Stream.of(
        payload("empty", MALFORMED_CBOR, p -> new byte[0]),
        payload("cut by the last byte", MALFORMED_CBOR, p -> Arrays.copyOf(p, p.length - 1)),
        payload("a byte after it", TRAILING_BYTES, p -> Arrays.copyOf(p, p.length + 1)),
        payload("another map after it", TRAILING_BYTES, p -> Cbor.concat(p, Cbor.map())),
        payload("a field less than it says", MALFORMED_CBOR, p -> withHead(0xaa, p)),
        payload("a field more than it says", TRAILING_BYTES, p -> withHead(0xa8, p)),
        payload("no end of an indefinite map", MALFORMED_CBOR, p -> withHead(0xbf, p)),
        payload(
            "a key without a value",
            MALFORMED_CBOR,
            p -> Cbor.concat(withHead(0xbf, p), Cbor.text("x"), hex("ff"))),
        payload(
            "a break in a definite map",
            MALFORMED_CBOR,
            p -> Cbor.concat(withHead(0xaa, p), hex("ff"))),
        payload(
            "2^62 entries",
            MALFORMED_CBOR,
            p -> Cbor.concat(
                Cbor.head(5, 1L << 62, Width.EIGHT), Arrays.copyOfRange(p, 1, p.length))),
        payload("an array", NOT_COSE_SIGN1, p -> Cbor.array(p)),
        payload("a number", NOT_COSE_SIGN1, p -> Cbor.integer(1)),
        payload("a tagged map", NOT_COSE_SIGN1, p -> Cbor.tag(55_799, p)));
  }

  private static Stream<Fault> keys() {
    return Stream.of(
        entry("nonce twice", DUPLICATE_KEY, Cbor.text("nonce"), Cbor.nullValue()),
        entry("module_id twice", DUPLICATE_KEY, Cbor.text("module_id"), Cbor.text("another")),
        entry(
            "nonce twice, spelt long",
            DUPLICATE_KEY,
            Cbor.text("nonce".getBytes(UTF_8), Width.EIGHT),
            Cbor.nullValue()),
        pcrs("PCR0 twice", DUPLICATE_KEY, Cbor.integer(0), Cbor.integer(0)),
        pcrs("PCR0 twice, spelt 1800", DUPLICATE_KEY, Cbor.integer(0), long0(Width.ONE)),
        pcrs("PCR0 twice, spelt 190000", DUPLICATE_KEY, Cbor.integer(0), long0(Width.TWO)),
        pcrs("PCR0 twice, spelt long, first", DUPLICATE_KEY, long0(Width.EIGHT), Cbor.integer(0)),
        entry("a numeric key", KEY_TYPE, Cbor.integer(1), Cbor.nullValue()),
        entry("a negative key", KEY_TYPE, Cbor.integer(-1), Cbor.nullValue()),
        entry("a byte string key", KEY_TYPE, Cbor.bytes("x".getBytes(UTF_8)), Cbor.nullValue()),
        entry("a null key", KEY_TYPE, Cbor.nullValue(), Cbor.nullValue()),
        entry("an array key", KEY_TYPE, Cbor.array(), Cbor.nullValue()),
        entry("a map key", KEY_TYPE, Cbor.map(), Cbor.nullValue()),
        entry("a tagged key", UNEXPECTED_TAG, Cbor.tag(0, Cbor.text("x")), Cbor.nullValue()),
        entry("a chunked key", MALFORMED_CBOR, Cbor.chunkedText("x", "y"), Cbor.nullValue()),
        entry("a key that is no UTF-8", MALFORMED_CBOR, text("ff"), Cbor.nullValue()),
        pcrs("a text PCR index", KEY_TYPE, Cbor.text("0")),
        pcrs("a byte string PCR index", KEY_TYPE, Cbor.bytes(new byte[1])),
        pcrs("a negative PCR index", KEY_TYPE, Cbor.integer(-1)),
        pcrs("a null PCR index", KEY_TYPE, Cbor.nullValue()),
        pcrs("an array PCR index", KEY_TYPE, Cbor.array()),
        pcrs("a tagged PCR index", UNEXPECTED_TAG, Cbor.tag(1, Cbor.integer(0))),
        pcrs("a bignum PCR index", UNEXPECTED_TAG, Cbor.tag(2, Cbor.bytes(new byte[1]))),
        pcrs("a float PCR index", MALFORMED_CBOR, hex("f90000")),
        value("text keys inside a value", KEY_TYPE, Cbor.map(Cbor.text("x"), Cbor.nullValue())));
  }

  private static Stream<Fault> tags() {
    byte[] number = Cbor.integer(Trial.NOW.toEpochMilli());
    return Stream.of(
        field("timestamp", "a tagged time", UNEXPECTED_TAG, Cbor.tag(1, number)),
        field("timestamp", "a bignum", UNEXPECTED_TAG, Cbor.tag(2, Cbor.bytes(new byte[8]))),
        field("nonce", "tag 24", UNEXPECTED_TAG, Cbor.tag(24, Cbor.bytes(new byte[1]))),
        field("nonce", "tag 55799", UNEXPECTED_TAG, Cbor.tag(55_799, Cbor.nullValue())),
        field("nonce", "tag 18", UNEXPECTED_TAG, Cbor.tag(18, Cbor.nullValue())),
        field("nonce", "tag 2^32 + 18", UNEXPECTED_TAG, Cbor.tag((1L << 32) + 18, Cbor.map())),
        field("module_id", "tag 25 (stringref)", UNEXPECTED_TAG, Cbor.tag(25, Cbor.integer(0))),
        field("pcrs", "tag 259 (map)", UNEXPECTED_TAG, Cbor.tag(259, Cbor.map())),
        field("certificate", "tag 24", UNEXPECTED_TAG, Cbor.tag(24, leaf())),
        field("cabundle", "a tagged array", UNEXPECTED_TAG, Cbor.tag(24, Cbor.array())),
        field("cabundle", "a tagged item", UNEXPECTED_TAG, Cbor.array(Cbor.tag(24, leaf()))),
        field(
            "pcrs",
            "a tagged PCR",
            UNEXPECTED_TAG,
            Cbor.map(Cbor.integer(0), Cbor.tag(64, ZERO_PCR))));
  }

  private static Stream<Fault> values() {
    return Stream.of(
        value("undefined", MALFORMED_CBOR, Cbor.simple(23)),
        value("false", MALFORMED_CBOR, Cbor.simple(20)),
        value("true", MALFORMED_CBOR, Cbor.simple(21)),
        value("simple value 0", MALFORMED_CBOR, Cbor.simple(0)),
        value("simple value 255", MALFORMED_CBOR, Cbor.simple(255)),
        value("null in two bytes", MALFORMED_CBOR, hex("f816")),
        value("a half float", MALFORMED_CBOR, hex("f93c00")),
        value("a single float", MALFORMED_CBOR, hex("fa3f800000")),
        value("a double float", MALFORMED_CBOR, hex("fb3ff0000000000000")),
        field("timestamp", "a double float", MALFORMED_CBOR, hex("fb4278bcfe56800000")),
        value("a break", MALFORMED_CBOR, hex("ff")),
        value("reserved head 1c", MALFORMED_CBOR, hex("1c")),
        value("reserved head 5d", MALFORMED_CBOR, hex("5d")),
        value("reserved head 9e", MALFORMED_CBOR, hex("9e")),
        value("an indefinite number", MALFORMED_CBOR, hex("1f")),
        value("2^63", MALFORMED_CBOR, hex("1b8000000000000000")),
        value("-2^63 - 1", MALFORMED_CBOR, hex("3b8000000000000000")),
        value("bytes in chunks", MALFORMED_CBOR, Cbor.chunkedBytes(new byte[1], new byte[1])),
        value("bytes in no chunk", MALFORMED_CBOR, Cbor.chunkedBytes()),
        field("digest", "text in chunks", MALFORMED_CBOR, Cbor.chunkedText("SHA", "384")),
        value("text that is no UTF-8", MALFORMED_CBOR, text("80")),
        value("an overlong UTF-8 slash", MALFORMED_CBOR, text("c0af")),
        value("half a surrogate pair", MALFORMED_CBOR, text("eda080")),
        value("text cut in a character", MALFORMED_CBOR, text("41e282")),
        value("an array of 2^62 items", MALFORMED_CBOR, Cbor.head(4, 1L << 62, Width.EIGHT)),
        value("an array without its end", MALFORMED_CBOR, hex("9f01")));
  }

  private static Stream<Fault> sizes() {
    return Stream.of(
        value("arrays nested too deeply", TOO_LARGE, nested(2)),
        value("indefinite arrays nested too deeply", TOO_LARGE, hex("9f9fffff")),
        value("maps nested too deeply", TOO_LARGE, Cbor.map(Cbor.integer(0), Cbor.map())),
        value("a map in an array", TOO_LARGE, Cbor.array(Cbor.map())),
        field("pcrs", "an array PCR", TOO_LARGE, Cbor.map(Cbor.integer(0), Cbor.array())),
        field("cabundle", "an array in it", TOO_LARGE, Cbor.array(Cbor.array())),
        value("10,000 nested arrays", TOO_LARGE, nested(10_000)),
        value("a map of 65 entries", TOO_LARGE, numbered(65)),
        payload(
            "65 fields",
            TOO_LARGE,
            p -> Cbor.map(IntStream.range(0, 65)
                .mapToObj(i -> new byte[][] {Cbor.text("field " + i), Cbor.nullValue()})
                .flatMap(Arrays::stream)
                .toArray(byte[][]::new))));
  }

  private static Fault payload(String name, Reason reason, UnaryOperator<byte[]> change) {
    return Fault.inDocument("payload: " + name, Step.FORM, reason, d -> d.payload(change));
  }

  private static Fault entry(String name, Reason reason, byte[] key, byte[] value) {
    return Fault.inDocument("entry: " + name, Step.FORM, reason, d -> d.entry(key, value));
  }

  private static Fault field(String field, String name, Reason reason, byte[] item) {
    return Fault.inDocument(field + ": " + name, Step.FORM, reason, d -> d.field(field, item));
  }

  private static Fault value(String name, Reason reason, byte[] item) {
    return field("user_data", name, reason, item);
  }

  private static Fault pcrs(String name, Reason reason, byte[]... keys) {
    byte[][] items =
        Arrays.stream(keys).flatMap(key -> Stream.of(key, ZERO_PCR)).toArray(byte[][]::new);
    return field("pcrs", name, reason, Cbor.map(items));
  }

  /** A map of whole numbers, from 0, to null. */
  static byte[] numbered(int entries) {
    return Cbor.map(IntStream.range(0, entries)
        .mapToObj(i -> new byte[][] {Cbor.integer(i), Cbor.nullValue()})
        .flatMap(Arrays::stream)
        .toArray(byte[][]::new));
  }

  /** So many arrays, each but the innermost holding the next. */
  static byte[] nested(int arrays) {
    byte[] item = new byte[arrays];
    Arrays.fill(item, (byte) 0x81);
    item[arrays - 1] = (byte) 0x80;
    return item;
  }

  private static byte[] withHead(int head, byte[] payload) {
    byte[] changed = payload.clone();
    changed[0] = (byte) head;
    return changed;
  }

  private static byte[] long0(Width width) {
    return Cbor.integer(0, width);
  }

  private static byte[] text(String utf8Hex) {
    return Cbor.text(hex(utf8Hex), Width.SHORTEST);
  }

  private static byte[] leaf() {
    return Cbor.bytes(Trial.CHAIN.leaf().der());
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
