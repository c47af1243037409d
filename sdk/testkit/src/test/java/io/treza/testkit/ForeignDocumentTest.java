package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A document that another module made gets this chain's certificates and signature, nothing else. */
class ForeignDocumentTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));
  private static final byte[] ZEROS = new byte[64];

  private static CertificateChain chain() {
    return CertificateChain.builder(DevelopmentRoot.create(Naming.SIMULATED, CLOCK))
        .clock(CLOCK)
        .build();
  }

  /** As QEMU's module makes one. */
  private static DocumentBuilder unsigned(CertificateChain chain) {
    return DocumentBuilder.of(chain)
        .moduleId("i-1-enc2")
        .timestamp(1_700_000_000_000L)
        .pcr(16, Pcrs.zero())
        .userData(Cbor.concat(Cbor.text("certificate"), Cbor.bytes(ZEROS)))
        .nonce(new byte[] {1, 2, 3})
        .protectedHeader(Cbor.map(Cbor.integer(1), Cbor.integer(-1)))
        .certificate(ZEROS)
        .cabundle(List.of(ZEROS))
        .signature(signed -> ZEROS);
  }

  @Test
  void isSignedWithEverythingElseAsItWas() {
    CertificateChain chain = chain();
    CertificateChain another = chain();
    byte[] signed = DocumentBuilder.of(another, unsigned(chain).build()).build();
    byte[] expected = unsigned(chain)
        .protectedHeader(Cbor.map(Cbor.integer(1), Cbor.integer(-35)))
        .certificate(another.leaf().der())
        .cabundle(another.cabundle())
        .signature(made -> made)
        .build();
    // All but the signature, which differs from one signing to the next.
    assertArrayEquals(
        Arrays.copyOf(expected, expected.length - 96), Arrays.copyOf(signed, signed.length - 96));
    assertTrue(DecodedDocument.read(signed).signedByLeaf());
  }

  static List<byte[]> malformed() {
    byte[] document = unsigned(chain()).build();
    byte[] huge = Cbor.concat(Cbor.head(4, 0xffff_ffffL, Cbor.Width.FOUR), new byte[8]);
    return List.of(
        new byte[0],
        Cbor.map(),
        Cbor.array(),
        Arrays.copyOf(document, document.length - 1),
        Arrays.copyOf(document, document.length + 1),
        huge,
        Cbor.head(4, -1L, Cbor.Width.EIGHT),
        Cbor.indefiniteArray(),
        Cbor.array(Cbor.bytes(ZEROS), Cbor.map(), Cbor.map(), Cbor.bytes(ZEROS)),
        Cbor.array(Cbor.bytes(ZEROS), Cbor.map(), Cbor.bytes(huge), Cbor.bytes(ZEROS)),
        Cbor.array(
            Cbor.bytes(ZEROS),
            Cbor.map(),
            Cbor.bytes(Cbor.map(Cbor.integer(1), Cbor.integer(2))),
            Cbor.bytes(ZEROS)),
        new byte[1000]);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void anythingElseIsRefused(byte[] document) {
    CertificateChain chain = chain();
    assertThrows(IllegalArgumentException.class, () -> DocumentBuilder.of(chain, document));
  }

  @Test
  void nestingHasAnEnd() {
    byte[] nested = Cbor.array();
    for (int i = 0; i < 1000; i++) {
      nested = Cbor.array(nested);
    }
    byte[] document = nested;
    CertificateChain chain = chain();
    String message = String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> DocumentBuilder.of(chain, document))
            .getMessage());
    assertTrue(message.contains("nested too deeply"), message);
  }
}
