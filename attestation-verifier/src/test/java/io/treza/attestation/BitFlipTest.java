package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.treza.attestation.RealDocuments.Entry;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * No bit of a document is free: with any one flipped, it is refused. Of the simulated document
 * every bit is flipped, of the genuine one a bit in every byte, each of the eight in turn.
 */
class BitFlipTest {
  @Test
  void refusesSimulatedDocumentWithAnyBitFlipped() {
    AttestationVerifier verifier = verifier(
        Trial.NOW, TrustAnchor.development("root", Trial.ROOT.certificate().der()));
    byte[] document = new Trial().document(d -> d.nonce(new byte[32])).build();
    assertInstanceOf(VerifiedAttestation.class, verifier.verify(document, Trial.ANYTHING));
    assertEquals(
        List.of(),
        notNoticed(
            IntStream.range(0, 8 * document.length),
            document,
            flipped -> verifier.verify(flipped, Trial.ANYTHING) instanceof Rejection));
  }

  @Test
  void refusesGenuineDocumentWithABitFlippedInAnyByte() throws IOException {
    Entry entry =
        RealDocuments.real().stream().filter(e -> !e.debug()).findFirst().orElseThrow();
    byte[] document = entry.bytes();
    AttestationVerifier verifier =
        verifier(Instant.parse("2100-01-01T00:00:00Z"), TrustAnchor.awsCommercial());
    assertInstanceOf(AuditedAttestation.class, verifier.audit(document, Trial.ANYTHING));
    assertEquals(
        List.of(),
        notNoticed(
            IntStream.range(0, document.length).map(i -> 8 * i + i % 8),
            document,
            flipped -> verifier.audit(flipped, Trial.ANYTHING) instanceof Rejection));
  }

  private interface Judge {
    boolean refuses(byte[] document);
  }

  private static AttestationVerifier verifier(Instant now, TrustAnchor anchor) {
    return AttestationVerifier.builder()
        .trustAnchors(anchor)
        .cryptoProvider(Trial.PROVIDER)
        .clock(() -> now)
        .build();
  }

  private static List<Integer> notNoticed(IntStream bits, byte[] document, Judge judge) {
    return bits.parallel()
        .filter(bit -> {
          byte[] flipped = document.clone();
          flipped[bit / 8] ^= (byte) (1 << bit % 8);
          return !judge.refuses(flipped);
        })
        .boxed()
        .toList();
  }
}
