package io.treza.attestation;

import io.treza.testkit.Cbor;
import io.treza.testkit.Cbor.Width;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.DocumentBuilder.Element;
import io.treza.testkit.Pcrs;
import io.treza.testkit.Signatures;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that look odd and are right: verifiers that refuse them refuse real ones, or will. */
class AcceptedDocumentsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void accepts(Oddity oddity) {
    oddity.check();
  }

  static Stream<Oddity> oddities() {
    return Stream.of(envelopes(), payloads(), fields(), pins()).flatMap(s -> s);
  }

  private static Stream<Oddity> envelopes() {
    return Stream.of(
        new Oddity("nothing odd", t -> {}),
        Oddity.inDocument("tag 18", d -> d.envelope(e -> Cbor.tag(18, Cbor.array(e)))),
        Oddity.inDocument(
            "tag 18 in two bytes",
            d -> d.envelope(e -> Cbor.concat(Cbor.head(6, 18, Width.ONE), Cbor.array(e)))),
        Oddity.inDocument(
            "an array head in two bytes",
            d -> d.envelope(e ->
                Cbor.concat(Cbor.head(4, 4, Width.ONE), Cbor.concat(e.toArray(byte[][]::new))))),
        Oddity.inDocument(
            "an empty unprotected map of indefinite length",
            d -> d.unprotectedHeader(Cbor.indefiniteMap())),
        lengths("the protected header", Element.PROTECTED, Width.ONE),
        lengths("the payload", Element.PAYLOAD, Width.EIGHT),
        lengths("the signature", Element.SIGNATURE, Width.FOUR),
        Oddity.inDocument("s in the upper half", d -> d.signature(Signatures::highS)),
        Oddity.inDocument("s in the lower half", d -> d.signature(Signatures::lowS)),
        new Oddity("as large as allowed", t -> {
          byte[] fixed = t.build();
          t.document(d -> d.envelope(e -> fixed)).verifier(v -> v.maxDocumentBytes(fixed.length));
        }));
  }

  private static Stream<Oddity> payloads() {
    return Stream.of(
        Oddity.inDocument("a map of indefinite length", d -> d.indefiniteMap(true)),
        Oddity.inDocument(
            "a map head of nine bytes",
            d -> d.payload(p ->
                Cbor.concat(Cbor.head(5, 9, Width.EIGHT), Arrays.copyOfRange(p, 1, p.length)))),
        Oddity.inDocument(
            "indefinite pcrs", d -> d.field("pcrs", Cbor.indefiniteMap(pcrItems(0, 3)))),
        Oddity.inDocument(
            "indefinite cabundle",
            d -> d.field(
                "cabundle",
                Cbor.indefiniteArray(
                    Trial.CHAIN.cabundle().stream().map(Cbor::bytes).toArray(byte[][]::new)))),
        Oddity.inDocument(
            "long spelling of a key",
            d -> d.key("nonce", Cbor.text("nonce".getBytes(StandardCharsets.UTF_8), Width.TWO))),
        Oddity.inDocument(
            "long spelling of PCR indices",
            d -> d.field(
                "pcrs",
                Cbor.map(
                    Cbor.integer(0, Width.ONE), pcr(0),
                    Cbor.integer(1, Width.TWO), pcr(1),
                    Cbor.integer(2, Width.EIGHT), pcr(2)))),
        Oddity.inDocument(
            "long spelling of text",
            d -> d.field(
                "digest", Cbor.text("SHA384".getBytes(StandardCharsets.UTF_8), Width.EIGHT))),
        Oddity.inDocument(
            "long spelling of bytes", d -> d.field("nonce", Cbor.bytes(new byte[32], Width.EIGHT))),
        Oddity.inDocument(
            "PCRs in another order",
            d -> d.field(
                "pcrs",
                Cbor.map(
                    Cbor.integer(2), pcr(2), Cbor.integer(0), pcr(0), Cbor.integer(1), pcr(1)))),
        Oddity.inDocument(
            "fields in another order",
            d -> d.without("module_id").moduleId(Trial.CHAIN.moduleId())));
  }

  private static Stream<Oddity> fields() {
    Stream<Oddity> optionals = Stream.of("public_key", "user_data", "nonce")
        .flatMap(name -> Stream.of(
            Oddity.inDocument(name + " absent", d -> d.without(name)),
            Oddity.inDocument(name + " empty", d -> d.field(name, Cbor.bytes(new byte[0]))),
            Oddity.inDocument(
                name + " of 1024 bytes", d -> d.field(name, Cbor.bytes(new byte[1024])))));
    return Stream.concat(
        optionals,
        Stream.of(
            Oddity.inDocument(
                "all optional fields absent",
                d -> d.without("public_key").without("user_data").without("nonce")),
            Oddity.inDocument(
                "all optional fields of 1024 bytes",
                d -> d.publicKey(new byte[1024]).userData(new byte[1024]).nonce(new byte[1024])),
            Oddity.inDocument("PCR16", d -> d.pcr(16, new byte[48])),
            Oddity.inDocument("PCR31", d -> d.pcr(31, new byte[48])),
            Oddity.inDocument(
                "32 PCRs", d -> IntStream.range(16, 32).forEach(i -> d.pcr(i, new byte[48]))),
            Oddity.inDocument(
                "PCR0 to PCR2 alone", d -> IntStream.range(3, 16).forEach(d::withoutPcr)),
            Oddity.inDocument(
                "gaps between PCRs", d -> d.withoutPcr(7).withoutPcr(9).pcr(29, new byte[48])),
            Oddity.inDocument("a PCR of 32 bytes", d -> d.pcr(5, new byte[32])),
            Oddity.inDocument("a PCR of 64 bytes", d -> d.pcr(5, new byte[64])),
            Oddity.inDocument("PCR4 absent", d -> d.withoutPcr(4)),
            Oddity.inDocument("PCR4 zero", d -> d.pcr(4, Pcrs.zero())),
            Oddity.inDocument(
                "PCR3, PCR8 and PCR15 zero",
                d -> d.pcr(3, Pcrs.zero()).pcr(8, Pcrs.zero()).pcr(15, Pcrs.zero()))));
  }

  private static Stream<Oddity> pins() {
    String role = "arn:aws:iam::123456789012:role/a/b";
    byte[] signer = Trial.ROOT.certificate().der();
    byte[] pem = Trial.ROOT.certificate().pem().getBytes(StandardCharsets.US_ASCII);
    Measurements first = ExpectationFaultsTest.release(1).build();
    Measurements second = ExpectationFaultsTest.release(2).build();
    return Stream.of(
        new Oddity(
            "the second of two releases",
            t -> t.document(d -> ExpectationFaultsTest.measure(d, 2, 2, 2))
                .expecting(Expectation.measurements(List.of(first, second))
                    .withoutNonce()
                    .build())),
        new Oddity(
            "more PCRs than pinned",
            t -> t.document(d -> ExpectationFaultsTest.measure(d, 1, 1, 1)
                    .pcr(8, new byte[48])
                    .pcr(16, new byte[48]))
                .expecting(Expectation.measurements(first).withoutNonce().build())),
        new Oddity(
            "debug mode, accepted",
            t -> t.document(d -> d.pcr(0, Pcrs.zero()).pcr(1, Pcrs.zero()).pcr(2, Pcrs.zero()))
                .expecting(Expectation.acceptAnyMeasurement()
                    .withoutNonce()
                    .acceptDebugMode()
                    .build())),
        pinned(
            "everything",
            e -> e.userData(new byte[] {1})
                .publicKey(new byte[] {2})
                .region("us-east-1")
                .instanceId(Trial.CHAIN.instanceId())
                .moduleId(Trial.CHAIN.moduleId())
                .roleArn(role)
                .signingCertificate(signer),
            d -> d.userData(new byte[] {1})
                .publicKey(new byte[] {2})
                .pcr(3, Pcrs.ofRole(role))
                .pcr(8, Pcrs.ofSigningCertificate(signer))),
        pinned(
            "a signer given in PEM",
            e -> e.signingCertificate(pem),
            d -> d.pcr(8, Pcrs.ofSigningCertificate(signer))),
        pinned("empty user_data", e -> e.userData(new byte[0]), d -> d.userData(new byte[0])),
        pinned(
            "user_data of 1024 bytes",
            e -> e.userData(new byte[1024]),
            d -> d.userData(new byte[1024])),
        new Oddity(
            "the expected nonce, and other bytes behind it",
            t -> t.document(
                    d -> d.nonce(new byte[] {7}).without("user_data").userData(new byte[] {8}))
                .expecting(
                    Expectation.acceptAnyMeasurement().nonce(new byte[] {7}).build())));
  }

  private static Oddity lengths(String what, Element element, Width width) {
    return Oddity.inDocument(
        "long spelling of the length of " + what,
        d -> d.element(element, c -> Cbor.bytes(c, width)));
  }

  private static Oddity pinned(
      String what, UnaryOperator<Expectation.Builder> pins, Consumer<DocumentBuilder> change) {
    Expectation expectation =
        pins.apply(Expectation.acceptAnyMeasurement().withoutNonce()).build();
    return new Oddity("pinned: " + what, t -> t.document(change).expecting(expectation));
  }

  private static byte[][] pcrItems(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> new byte[][] {Cbor.integer(i), pcr(i)})
        .flatMap(Arrays::stream)
        .toArray(byte[][]::new);
  }

  private static byte[] pcr(int index) {
    return Cbor.bytes(ExpectationFaultsTest.value(index + 1).toByteArray());
  }
}
