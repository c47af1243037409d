package io.treza.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.DocumentBuilder.Element;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every change shows in the document, and the signature stays valid unless it must not. */
class DocumentBuilderTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-23T10:15:30.123Z"));
  private static final CertificateChain CHAIN = CertificateChain.builder(
          DevelopmentRoot.create(Naming.SIMULATED, CLOCK))
      .clock(CLOCK)
      .build();
  private static final byte[] BYTES = {1, 2, 3};

  private static DocumentBuilder builder() {
    return DocumentBuilder.of(CHAIN);
  }

  private static DecodedDocument signed(DocumentBuilder builder) {
    DecodedDocument document = DecodedDocument.read(builder.build());
    assertTrue(document.signedByLeaf());
    return document;
  }

  private static DecodedDocument notSigned(DocumentBuilder builder) {
    DecodedDocument document = DecodedDocument.read(builder.build());
    assertFalse(document.signedByLeaf());
    return document;
  }

  @Test
  void theDefaultDocumentDescribesTheChainsEnclave() {
    DecodedDocument document = signed(builder());
    assertEquals(CHAIN.moduleId(), document.moduleId());
    assertEquals(CLOCK.millis(), document.payload().get("timestamp").argument());
    assertArrayEquals(Pcrs.ofInstance(CHAIN.instanceId()), document.pcr(4));
    assertFalse(Arrays.equals(Pcrs.zero(), document.pcr(0)), "looks like debug mode");
    assertEquals(
        CHAIN.certificates().stream().map(TestCertificate::x509).toList(), document.certificates());
  }

  @Test
  void fieldsHoldWhatIsGivenInTheirPlace() {
    List<String> order = signed(builder()).payload().keys();
    DecodedCbor payload = signed(builder()
            .nonce(BYTES)
            .userData(new byte[0])
            .publicKey(BYTES)
            .digest("SHA512")
            .timestamp(-1)
            .moduleId("other"))
        .payload();
    assertEquals(order, payload.keys());
    assertArrayEquals(BYTES, payload.get("nonce").content());
    assertEquals(0, payload.get("user_data").content().length);
    assertFalse(payload.get("user_data").isNull());
    assertArrayEquals(BYTES, payload.get("public_key").content());
    assertEquals("SHA512", payload.get("digest").text());
    assertEquals(1, payload.get("timestamp").majorType());
    assertEquals("other", payload.get("module_id").text());
  }

  @Test
  void aFieldCanBeAnyItemBeMissingOrBeNew() {
    DecodedCbor payload = signed(builder()
            .field("nonce", Cbor.text("t"))
            .field("new", Cbor.integer(1))
            .without("user_data"))
        .payload();
    assertEquals("t", payload.get("nonce").text());
    assertThrows(IllegalArgumentException.class, () -> payload.get("user_data"));
  }

  @Test
  void keysCanBeDoubledAndWrittenOtherwise() {
    DecodedCbor doubled =
        signed(builder().entry(Cbor.text("nonce"), Cbor.bytes(BYTES))).payload();
    assertEquals(10, doubled.argument());
    assertEquals(2, doubled.keys().stream().filter("nonce"::equals).count());
    DecodedCbor renamed = signed(
            builder().key("nonce", Cbor.text("ecnon".getBytes(UTF_8), Cbor.Width.TWO)))
        .payload();
    assertEquals("ecnon", renamed.keys().get(8));
  }

  @Test
  void registersCanBeOfAnyIndexAndLength() {
    DecodedCbor pcrs =
        signed(builder().pcr(40, BYTES).pcr(4, BYTES).withoutPcr(0)).payload().get("pcrs");
    assertEquals(16, pcrs.argument());
    assertArrayEquals(BYTES, pcrs.get(40).content());
    assertArrayEquals(BYTES, pcrs.get(4).content());
    assertThrows(IllegalArgumentException.class, () -> pcrs.get(0));
    DecodedCbor replaced =
        signed(builder().pcr(4, BYTES).field("pcrs", Cbor.map())).payload().get("pcrs");
    assertEquals(0, replaced.argument());
  }

  @Test
  void certificatesCanBeAnyInAnyOrder() {
    byte[] root = CHAIN.cabundle().get(0);
    DecodedCbor payload = DecodedDocument.read(
            builder().cabundle(List.of(root, root)).certificate(BYTES).build())
        .payload();
    assertEquals(2, payload.get("cabundle").argument());
    assertArrayEquals(root, payload.get("cabundle").items().get(1).content());
    assertArrayEquals(BYTES, payload.get("certificate").content());
  }

  @Test
  void thePayloadCanBeReplacedWholeAndIsSignedAsItIs() {
    byte[] other = Cbor.map(Cbor.text("x"), Cbor.bytes(new byte[300]));
    DecodedDocument document =
        DecodedDocument.read(builder().payload(usual -> other).build());
    assertArrayEquals(other, document.envelope().items().get(2).content());
    assertTrue(document.signedBy(CHAIN.leaf().keys().getPublic()));
  }

  @Test
  void theProtectedHeaderIsSignedAsItIs() {
    byte[] es256 = Cbor.map(Cbor.integer(1), Cbor.integer(-7));
    DecodedDocument document = signed(builder().protectedHeader(es256));
    assertArrayEquals(es256, document.envelope().items().get(0).content());
  }

  @Test
  void theUnprotectedHeaderCanHoldAnything() {
    DecodedDocument document =
        signed(builder().unprotectedHeader(Cbor.map(Cbor.integer(4), Cbor.bytes(BYTES))));
    assertArrayEquals(BYTES, document.envelope().items().get(1).get(4).content());
  }

  @Test
  void anotherKeyCanSign() {
    KeyPair other = KeyType.P384.generate(new SecureRandom());
    DecodedDocument document = notSigned(builder().signer(other.getPrivate()));
    assertTrue(document.signedBy(other.getPublic()));
  }

  @Test
  void aKeyOfAnotherKindGivesASignatureOfItsLength() {
    SecureRandom random = new SecureRandom();
    for (KeyType type : KeyType.values()) {
      int length = switch (type) {
        case P256 -> 64;
        case P384 -> 96;
        case P521 -> 132;
        case RSA_2048 -> 256;
      };
      DecodedDocument document =
          notSigned(builder().signer(type.generate(random).getPrivate()));
      assertEquals(length, document.envelope().items().get(3).content().length, type.toString());
    }
  }

  @Test
  void aFunctionCanSignFromTheSigStructure() {
    DecodedDocument document = notSigned(builder().signer(message -> Arrays.copyOf(message, 12)));
    String start = "84" + "6a" + HexFormat.of().formatHex("Signature1".getBytes(UTF_8));
    assertEquals(
        start, HexFormat.of().formatHex(document.envelope().items().get(3).content()));
  }

  @Test
  void theSignatureCanBeChanged() {
    signed(builder().signature(Signatures::highS));
    signed(builder().signature(Signatures::lowS));
    notSigned(builder().signature(Signatures::corrupted));
    notSigned(builder().signature(Signatures::der));
    notSigned(builder().signature(usual -> Arrays.copyOf(usual, 95)));
  }

  @Test
  void whatIsSignedCanBeChangedAfterwards() {
    notSigned(builder().element(Element.PAYLOAD, payload -> Cbor.bytes(flipped(payload))));
    notSigned(builder()
        .element(
            Element.PROTECTED, header -> Cbor.bytes(Cbor.map(Cbor.integer(1), Cbor.integer(-7)))));
  }

  /** The same payload but for one bit of the last character of its last key, "nonce". */
  private static byte[] flipped(byte[] payload) {
    byte[] changed = payload.clone();
    changed[changed.length - 2] ^= 1;
    return changed;
  }

  @Test
  void anElementCanBeWrittenOtherwise() {
    byte[] wide = builder()
        .element(Element.SIGNATURE, content -> Cbor.bytes(content, Cbor.Width.EIGHT))
        .build();
    byte[] usual = builder().build();
    assertEquals(usual.length + 7, wide.length);
    assertTrue(DecodedDocument.read(wide).signedByLeaf());
    DecodedCbor chunked = DecodedCbor.read(builder()
        .element(
            Element.PAYLOAD,
            content -> Cbor.chunkedBytes(
                Arrays.copyOf(content, 10), Arrays.copyOfRange(content, 10, content.length)))
        .build());
    assertTrue(chunked.items().get(2).indefinite());
    assertEquals(2, chunked.items().get(2).items().size());
  }

  @Test
  void theEnvelopeCanBeTaggedOrFollowedByOtherBytes() {
    byte[] tagged = builder().envelope(parts -> Cbor.tag(18, Cbor.array(parts))).build();
    assertEquals((byte) 0xd2, tagged[0]);
    byte[] trailing =
        builder().envelope(parts -> Cbor.concat(Cbor.array(parts), BYTES)).build();
    assertThrows(IllegalArgumentException.class, () -> DecodedCbor.read(trailing));
    byte[] five = builder()
        .envelope(parts ->
            Cbor.array(parts.get(0), parts.get(1), parts.get(2), parts.get(3), Cbor.integer(0)))
        .build();
    assertEquals(5, DecodedCbor.read(five).argument());
  }
}
