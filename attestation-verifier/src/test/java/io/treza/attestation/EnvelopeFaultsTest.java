package io.treza.attestation;

import static io.treza.attestation.Reason.MALFORMED_CBOR;
import static io.treza.attestation.Reason.NOT_COSE_SIGN1;
import static io.treza.attestation.Reason.PROTECTED_HEADER;
import static io.treza.attestation.Reason.SIGNATURE_ENCODING;
import static io.treza.attestation.Reason.TOO_LARGE;
import static io.treza.attestation.Reason.TRAILING_BYTES;
import static io.treza.attestation.Reason.UNEXPECTED_TAG;
import static io.treza.attestation.Reason.UNPROTECTED_HEADER;
import static io.treza.testkit.DocumentBuilder.Element.PAYLOAD;
import static io.treza.testkit.DocumentBuilder.Element.PROTECTED;
import static io.treza.testkit.DocumentBuilder.Element.SIGNATURE;
import static io.treza.testkit.DocumentBuilder.Element.UNPROTECTED;

import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Signatures;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is around the payload: COSE_Sign1, its tag, its headers, the form of its signature. */
class EnvelopeFaultsTest {
  private static final BigInteger ORDER = new BigInteger(
      "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
          + "581a0db248b0a77aecec196accc52973",
      16);

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void refuses(Fault fault) {
    fault.check();
  }

  static Stream<Fault> faults() {
    return Stream.of(whole(), tags(), headers(), parts(), signatures()).flatMap(s -> s);
  }

  private static Stream<Fault> whole() {
    return Stream.of(
        document("no bytes", MALFORMED_CBOR, d -> new byte[0]),
        document("cut after the first byte", MALFORMED_CBOR, d -> Arrays.copyOf(d, 1)),
        document("cut by the last byte", MALFORMED_CBOR, d -> Arrays.copyOf(d, d.length - 1)),
        document(
            "cut after the beginning of an indefinite unprotected header",
            UNPROTECTED_HEADER,
            d -> Cbor.concat(Arrays.copyOf(d, 6), hex("bf"))),
        document("a byte after it", TRAILING_BYTES, d -> Arrays.copyOf(d, d.length + 1)),
        document("another document after it", TRAILING_BYTES, d -> Cbor.concat(d, d)),
        document("a JSON answer", MALFORMED_CBOR, d -> ascii("{\"document\":\"" + base64(d))),
        document("base64 of it", NOT_COSE_SIGN1, d -> ascii(base64(d))),
        document("a byte string of it", NOT_COSE_SIGN1, Cbor::bytes),
        document("null", NOT_COSE_SIGN1, d -> Cbor.nullValue()),
        envelope("a map of its elements", NOT_COSE_SIGN1, e -> Cbor.map(array(e))),
        envelope("an empty array", NOT_COSE_SIGN1, e -> Cbor.array()),
        envelope("three elements", NOT_COSE_SIGN1, e -> Cbor.array(e.subList(0, 3))),
        envelope("five elements", NOT_COSE_SIGN1, e -> Cbor.array(plus(e, Cbor.map()))),
        envelope("an indefinite array", NOT_COSE_SIGN1, e -> Cbor.indefiniteArray(array(e))),
        new Fault(
            "larger than allowed",
            Step.FORM,
            TOO_LARGE,
            t -> t.verifier(v -> v.maxDocumentBytes(t.build().length - 1))),
        document("over 16,640 bytes", TOO_LARGE, d -> Arrays.copyOf(d, 16_641)),
        document("zeros up to 16,640 bytes", TRAILING_BYTES, d -> Arrays.copyOf(d, 16_640)),
        form("a payload over 16,384 bytes", TOO_LARGE, d -> d.payload(paddedTo(16_385))),
        form("what QEMU's module leaves unsigned", PROTECTED_HEADER, EnvelopeFaultsTest::unsigned));
  }

  /** QEMU 10.0, hw/virtio/virtio-nsm.c: algorithm -1, and zeros for certificates and signature. */
  private static void unsigned(DocumentBuilder document) {
    byte[] zeros = new byte[64];
    document
        .protectedHeader(Cbor.map(Cbor.integer(1), Cbor.integer(-1)))
        .certificate(zeros)
        .cabundle(List.of(zeros))
        .signature(signed -> zeros);
  }

  private static Stream<Fault> tags() {
    return Stream.of(
        document("tag 17 (COSE_Mac0)", UNEXPECTED_TAG, d -> Cbor.tag(17, d)),
        document("tag 98 (COSE_Sign)", UNEXPECTED_TAG, d -> Cbor.tag(98, d)),
        document("tag 61 (CWT)", UNEXPECTED_TAG, d -> Cbor.tag(61, Cbor.tag(18, d))),
        document("tag 55799", UNEXPECTED_TAG, d -> Cbor.tag(55_799, Cbor.tag(18, d))),
        document("tag 2^32 + 18", UNEXPECTED_TAG, d -> Cbor.tag((1L << 32) + 18, d)),
        document("tag 2^63 + 18", MALFORMED_CBOR, d -> Cbor.tag(Long.MIN_VALUE + 18, d)),
        document("tag 18 twice", NOT_COSE_SIGN1, d -> Cbor.tag(18, Cbor.tag(18, d))),
        document("tag 18 inside 55799", NOT_COSE_SIGN1, d -> Cbor.tag(18, Cbor.tag(55_799, d))),
        document("tag 18 around nothing", MALFORMED_CBOR, d -> new byte[] {(byte) 0xd2}),
        document("a reserved tag head", MALFORMED_CBOR, d -> Cbor.concat(hex("dc"), d)),
        element("a tagged protected header", PROTECTED, c -> Cbor.tag(24, Cbor.bytes(c))),
        element("a tagged unprotected header", UNPROTECTED, c -> Cbor.tag(24, c)),
        element("a tagged payload", PAYLOAD, c -> Cbor.tag(24, Cbor.bytes(c))),
        element("a tagged signature", SIGNATURE, c -> Cbor.tag(24, Cbor.bytes(c))));
  }

  private static Stream<Fault> headers() {
    return Stream.of(
        header("an empty string", ""),
        header("an empty map", "a0"),
        header("ES256", "a10126"),
        header("ES512", "a1013823"),
        header("RS384", "a101390101"),
        header("35 without its sign", "a1011823"),
        header("ES384 as text", "a101654553333834"),
        header("alg under a text key", "a163616c673822"),
        header("a key id besides", "a20138220441aa"),
        header("a key id alone", "a10441aa"),
        header("crit besides", "a2013822028101"),
        header("alg twice", "a2013822013822"),
        header("an array", "82013822"),
        header("a number", "3822"),
        header("a byte after the map", "a101382200"),
        header("a long spelling of the key", "a118013822"),
        header("a long spelling of the value", "a101390022"),
        header("a long spelling of the map", "b801013822"),
        header("an indefinite map", "bf013822ff"),
        header("no CBOR", "ff"),
        element("a bare protected map", PROTECTED, c -> c),
        element("a text protected header", PROTECTED, c -> Cbor.text("")),
        element("a null protected header", PROTECTED, c -> Cbor.nullValue()),
        unprotected("alg", UNPROTECTED_HEADER, Cbor.map(Cbor.integer(1), Cbor.integer(-35))),
        unprotected(
            "a key id", UNPROTECTED_HEADER, Cbor.map(Cbor.integer(4), Cbor.bytes(hex("aa")))),
        unprotected(
            "an indefinite map with alg",
            UNPROTECTED_HEADER,
            Cbor.indefiniteMap(Cbor.integer(1), Cbor.integer(-35))),
        unprotected("null", NOT_COSE_SIGN1, Cbor.nullValue()),
        unprotected("an array", NOT_COSE_SIGN1, Cbor.array()),
        unprotected("an empty byte string", NOT_COSE_SIGN1, Cbor.bytes(new byte[0])),
        form(
            "alg in the unprotected header only",
            UNPROTECTED_HEADER,
            d -> d.protectedHeader(new byte[0])
                .unprotectedHeader(Cbor.map(Cbor.integer(1), Cbor.integer(-35)))));
  }

  private static Stream<Fault> parts() {
    return Stream.of(
        element("a detached payload", PAYLOAD, c -> Cbor.nullValue()),
        element("a bare payload map", PAYLOAD, c -> c),
        element("a text payload", PAYLOAD, c -> Cbor.text("x")),
        element("a null signature", SIGNATURE, c -> Cbor.nullValue()),
        element("a text signature", SIGNATURE, c -> Cbor.text("x".repeat(96))),
        chunked("the protected header", PROTECTED),
        chunked("the payload", PAYLOAD),
        chunked("the signature", SIGNATURE),
        element(
            "a payload longer than the document",
            MALFORMED_CBOR,
            PAYLOAD,
            c -> Cbor.concat(Cbor.head(2, 70_000, Cbor.Width.SHORTEST), c)),
        element(
            "a payload of 2^63 bytes",
            MALFORMED_CBOR,
            PAYLOAD,
            c -> Cbor.concat(Cbor.head(2, Long.MIN_VALUE, Cbor.Width.EIGHT), c)),
        element(
            "a payload of 2^32 bytes more",
            MALFORMED_CBOR,
            PAYLOAD,
            c -> Cbor.concat(Cbor.head(2, (1L << 32) + c.length, Cbor.Width.EIGHT), c)));
  }

  private static Stream<Fault> signatures() {
    return Stream.of(
        signature("no bytes", s -> new byte[0]),
        signature("48 bytes", s -> Arrays.copyOf(s, 48)),
        signature("95 bytes", s -> Arrays.copyOf(s, 95)),
        signature("97 bytes", s -> Arrays.copyOf(s, 97)),
        signature("100 bytes", s -> Arrays.copyOf(s, 100)),
        signature("a zero in front", s -> Cbor.concat(new byte[1], s)),
        signature("a DER signature", Signatures::der),
        signature("r = 0", s -> rs(BigInteger.ZERO, s(s))),
        signature("s = 0", s -> rs(r(s), BigInteger.ZERO)),
        signature("r = s = 0", s -> new byte[96]),
        signature("r = n", s -> rs(ORDER, s(s))),
        signature("s = n", s -> rs(r(s), ORDER)),
        signature("r = n + 1", s -> rs(ORDER.add(BigInteger.ONE), s(s))),
        signature(
            "s = 2^384 - 1", s -> rs(r(s), BigInteger.TWO.pow(384).subtract(BigInteger.ONE))));
  }

  private static Fault form(String name, Reason reason, Consumer<DocumentBuilder> change) {
    return Fault.inDocument(name, Step.FORM, reason, change);
  }

  private static Fault document(String name, Reason reason, UnaryOperator<byte[]> change) {
    return envelope(name, reason, elements -> change.apply(Cbor.array(elements)));
  }

  private static Fault envelope(
      String name, Reason reason, Function<List<byte[]>, byte[]> envelope) {
    return form("document: " + name, reason, d -> d.envelope(envelope));
  }

  private static Fault header(String name, String hex) {
    return form("protected header: " + name, PROTECTED_HEADER, d -> d.protectedHeader(hex(hex)));
  }

  private static Fault unprotected(String name, Reason reason, byte[] item) {
    return form("unprotected header: " + name, reason, d -> d.unprotectedHeader(item));
  }

  private static Fault element(
      String name, DocumentBuilder.Element element, UnaryOperator<byte[]> encoding) {
    return element(name, NOT_COSE_SIGN1, element, encoding);
  }

  private static Fault element(
      String name, Reason reason, DocumentBuilder.Element element, UnaryOperator<byte[]> encoding) {
    return form(name, reason, d -> d.element(element, encoding));
  }

  private static Fault chunked(String name, DocumentBuilder.Element element) {
    return element(
        name + " in chunks",
        MALFORMED_CBOR,
        element,
        c -> Cbor.chunkedBytes(Arrays.copyOf(c, 1), Arrays.copyOfRange(c, 1, c.length)));
  }

  private static Fault signature(String name, UnaryOperator<byte[]> change) {
    return form("signature: " + name, SIGNATURE_ENCODING, d -> d.signature(change));
  }

  /** A payload of exactly {@code size} bytes: a map of one unknown field. */
  static UnaryOperator<byte[]> paddedTo(int size) {
    int head = 1 + 2 + 3;
    return payload -> Cbor.map(Cbor.text("x"), Cbor.bytes(new byte[size - head]));
  }

  private static byte[] rs(BigInteger r, BigInteger s) {
    return Cbor.concat(coordinate(r), coordinate(s));
  }

  private static byte[] coordinate(BigInteger value) {
    return hex(String.format(Locale.ROOT, "%096x", value));
  }

  private static BigInteger r(byte[] signature) {
    return new BigInteger(1, signature, 0, 48);
  }

  private static BigInteger s(byte[] signature) {
    return new BigInteger(1, signature, 48, 48);
  }

  private static byte[][] array(List<byte[]> items) {
    return items.toArray(byte[][]::new);
  }

  private static List<byte[]> plus(List<byte[]> items, byte[] another) {
    return Stream.concat(items.stream(), Stream.of(another)).toList();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
