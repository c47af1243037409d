package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The known differences: documents, signed by their leaf, that the verifier refuses and other
 * libraries take. A library that becomes stricter or laxer makes this test fail, which is wanted.
 */
class StricterThanPeersTest {
  private static final Simulation SIMULATION = new Simulation(5);
  private static final byte[] ES384 = Cbor.map(Cbor.integer(1), Cbor.integer(-35));

  /**
   * One difference.
   *
   * @param name what is done to a valid document
   * @param reason why the verifier refuses it
   * @param acceptedBy who takes it none the less
   * @param change does it
   */
  private record Difference(
      String name, Reason reason, Set<Peer> acceptedBy, UnaryOperator<DocumentBuilder> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Difference> differences() {
    return Stream.of(
        new Difference(
            "tag 18 in 64 bits plus one",
            Reason.UNEXPECTED_TAG,
            all(),
            b -> b.envelope(parts -> Cbor.tag((1L << 32) + 18, Cbor.array(parts)))),
        new Difference(
            "envelope without length",
            Reason.NOT_COSE_SIGN1,
            all(),
            b -> b.envelope(parts -> Cbor.indefiniteArray(parts.toArray(byte[][]::new)))),
        new Difference(
            "entry in unprotected header",
            Reason.UNPROTECTED_HEADER,
            all(),
            b -> b.unprotectedHeader(Cbor.map(Cbor.integer(4), Cbor.bytes(new byte[4])))),
        new Difference(
            "algorithm only unprotected",
            Reason.UNPROTECTED_HEADER,
            all(),
            b -> b.protectedHeader(new byte[0]).unprotectedHeader(ES384)),
        new Difference(
            "critical header",
            Reason.PROTECTED_HEADER,
            all(),
            b -> b.protectedHeader(Cbor.map(
                Cbor.integer(1),
                Cbor.integer(-35),
                Cbor.integer(2),
                Cbor.array(Cbor.integer(-70_000))))),
        new Difference(
            "chunked payload",
            Reason.MALFORMED_CBOR,
            all(),
            b -> b.element(DocumentBuilder.Element.PAYLOAD, Cbor::chunkedBytes)),
        new Difference(
            "padded signature",
            Reason.SIGNATURE_ENCODING,
            all(),
            b -> b.signature(StricterThanPeersTest::withLeadingZeros)),
        new Difference(
            "duplicate field",
            Reason.DUPLICATE_KEY,
            Set.of(Peer.COSE_JAVA),
            b -> b.entry(Cbor.text("nonce"), Cbor.nullValue())),
        new Difference(
            "trailing byte in payload",
            Reason.TRAILING_BYTES,
            Set.of(Peer.COSE_JAVA, Peer.JACKSON),
            b -> b.payload(p -> Cbor.concat(p, Cbor.nullValue()))),
        new Difference(
            "tagged field",
            Reason.UNEXPECTED_TAG,
            all(),
            b -> b.field("nonce", Cbor.tag(24, Cbor.bytes(new byte[32])))),
        new Difference(
            "byte string as key",
            Reason.KEY_TYPE,
            all(),
            b -> b.entry(Cbor.bytes(new byte[] {'x'}), Cbor.nullValue())),
        new Difference(
            "text as pcr index",
            Reason.KEY_TYPE,
            Set.of(Peer.COSE_JAVA, Peer.JACKSON),
            b -> b.field("pcrs", Cbor.map(Cbor.text("0"), Cbor.bytes(new byte[48])))),
        new Difference(
            "chunked field",
            Reason.MALFORMED_CBOR,
            all(),
            b -> b.field("nonce", Cbor.chunkedBytes(new byte[16], new byte[16]))),
        new Difference(
            "undefined field",
            Reason.MALFORMED_CBOR,
            all(),
            b -> b.field("nonce", Cbor.simple(23))),
        new Difference(
            "deep field",
            Reason.TOO_LARGE,
            all(),
            b -> b.entry(
                Cbor.text("x"), Cbor.array(Cbor.array(Cbor.array(Cbor.array(Cbor.integer(1))))))),
        new Difference(
            "unknown field",
            Reason.UNKNOWN_FIELD,
            all(),
            b -> b.entry(Cbor.text("x"), Cbor.integer(1))),
        new Difference("other digest", Reason.DIGEST, all(), b -> b.digest("SHA256")),
        new Difference("empty module id", Reason.MODULE_ID, all(), b -> b.moduleId("")),
        new Difference("time zero", Reason.TIMESTAMP, all(), b -> b.timestamp(0)),
        new Difference("pcr 32", Reason.PCRS, all(), b -> b.pcr(32, new byte[48])),
        new Difference("pcr of 47 bytes", Reason.PCRS, all(), b -> b.pcr(0, new byte[47])),
        new Difference("no issuers", Reason.CABUNDLE, all(), b -> b.cabundle(List.of())),
        new Difference(
            "empty issuer", Reason.CERTIFICATE_SIZE, all(), b -> b.cabundle(List.of(new byte[0]))),
        new Difference(
            "long nonce", Reason.OPTIONAL_FIELD_SIZE, all(), b -> b.nonce(new byte[1025])));
  }

  @ParameterizedTest
  @MethodSource("differences")
  void weRefuseWhatThesePeersTake(Difference difference) {
    byte[] document =
        difference.change().apply(DocumentBuilder.of(SIMULATION.chain())).build();
    Reason reason = assertThrows(
            AttestationRejectedException.class, () -> AttestationDocument.parse(document))
        .reason();
    Set<Peer> acceptedBy = Stream.of(Peer.values())
        .filter(peer -> peer.accepts(document, SIMULATION.chain().leaf().keys().getPublic()))
        .collect(Collectors.toSet());
    assertEquals(difference.reason(), reason);
    assertEquals(difference.acceptedBy(), acceptedBy);
  }

  /** r and s of 50 bytes each: the same numbers. */
  private static byte[] withLeadingZeros(byte[] raw) {
    byte[] padded = new byte[100];
    System.arraycopy(raw, 0, padded, 2, 48);
    System.arraycopy(raw, 48, padded, 52, 48);
    return padded;
  }

  private static Set<Peer> all() {
    return EnumSet.allOf(Peer.class);
  }
}
