package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.testkit.CertificateChain;
import io.treza.testkit.DocumentBuilder;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A parsed document gives its fields, and nobody can change it. */
class AttestationDocumentTest {
  private static final CertificateChain CHAIN = Trial.CHAIN;

  private static byte[] encoded() {
    return DocumentBuilder.of(CHAIN)
        .nonce(new byte[] {1})
        .userData(new byte[] {2})
        .publicKey(new byte[] {3})
        .build();
  }

  @Test
  void givesEveryField() throws AttestationRejectedException {
    byte[] encoded = encoded();
    AttestationDocument document = AttestationDocument.parse(encoded);
    assertArrayEquals(encoded, document.toByteArray());
    assertEquals(CHAIN.moduleId(), document.moduleId());
    assertEquals("SHA384", document.digest());
    assertEquals(Trial.NOW, document.timestamp());
    assertEquals(16, document.pcrs().size());
    assertEquals(document.pcr(0), Optional.ofNullable(document.pcrs().get(0)));
    assertEquals(Optional.empty(), document.pcr(16));
    assertArrayEquals(CHAIN.leaf().der(), document.certificate());
    assertEquals(4, document.cabundle().size());
    assertArrayEquals(CHAIN.cabundle().get(0), document.cabundle().get(0));
    assertArrayEquals(new byte[] {1}, document.nonce().orElseThrow());
    assertArrayEquals(new byte[] {2}, document.userData().orElseThrow());
    assertArrayEquals(new byte[] {3}, document.publicKey().orElseThrow());
  }

  @Test
  void copiesArraysInAndOut() throws AttestationRejectedException {
    byte[] encoded = encoded();
    byte[] original = encoded.clone();
    AttestationDocument document = AttestationDocument.parse(encoded);
    Arrays.fill(encoded, (byte) 0);
    Arrays.fill(document.toByteArray(), (byte) 0);
    Arrays.fill(document.certificate(), (byte) 0);
    document.cabundle().forEach(certificate -> Arrays.fill(certificate, (byte) 0));
    Arrays.fill(document.nonce().orElseThrow(), (byte) 0);
    Arrays.fill(document.userData().orElseThrow(), (byte) 0);
    Arrays.fill(document.publicKey().orElseThrow(), (byte) 0);
    assertArrayEquals(original, document.toByteArray());
    assertArrayEquals(CHAIN.leaf().der(), document.certificate());
    assertArrayEquals(CHAIN.cabundle().get(3), document.cabundle().get(3));
    assertArrayEquals(new byte[] {1}, document.nonce().orElseThrow());
    assertArrayEquals(new byte[] {2}, document.userData().orElseThrow());
    assertArrayEquals(new byte[] {3}, document.publicKey().orElseThrow());
    assertThrows(UnsupportedOperationException.class, () -> document.pcrs().clear());
  }

  @Test
  void parsingSaysWhichRuleIsBrokenAndAuthenticatesNothing() {
    AttestationRejectedException e = assertThrows(
        AttestationRejectedException.class, () -> AttestationDocument.parse(new byte[] {0}));
    assertEquals(Reason.NOT_COSE_SIGN1, e.rejection().reason());
    assertFalse(e.rejection().authenticated());
  }

  @Test
  void textShowsThatNobodyVerifiedIt() throws AttestationRejectedException {
    assertEquals(
        "AttestationDocument[" + CHAIN.moduleId() + ", 2026-01-15T12:00:00Z, unverified]",
        AttestationDocument.parse(encoded()).toString());
  }
}
