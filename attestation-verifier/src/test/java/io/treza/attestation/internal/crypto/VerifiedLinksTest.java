package io.treza.attestation.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.TrustAnchor;
import io.treza.attestation.internal.crypto.VerifiedLinks.Link;
import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.MalformedCertificateException;
import java.security.InvalidKeyException;
import org.junit.jupiter.api.Test;

/** The cache stays within its bound, drops the least recently used, and mixes up no two links. */
class VerifiedLinksTest {
  private static final byte[] ISSUER = issuer(0);

  private final byte[] subject;
  private final Link link;

  VerifiedLinksTest() throws MalformedCertificateException, InvalidKeyException {
    Certificate certificate = Certificate.parse(TrustAnchor.awsCommercial().certificate());
    subject = certificate.sha256();
    link = new Link(
        certificate, new EcdsaP384(Providers.preferred()).publicKey(certificate.publicKeyInfo()));
  }

  private static byte[] issuer(int number) {
    byte[] sha256 = new byte[32];
    sha256[31] = (byte) number;
    return sha256;
  }

  @Test
  void findsWhatWasAddedAndNothingElse() {
    VerifiedLinks links = new VerifiedLinks(10);
    links.add(ISSUER, link);
    assertEquals(link, links.find(ISSUER, subject).orElseThrow());
    assertFalse(links.find(subject, ISSUER).isPresent());
    for (int i = 0; i < 32; i++) {
      byte[] other = ISSUER.clone();
      other[i] ^= 1;
      assertFalse(links.find(other, subject).isPresent(), "issuer byte " + i);
      byte[] otherSubject = subject.clone();
      otherSubject[i] ^= (byte) 0x80;
      assertFalse(links.find(ISSUER, otherSubject).isPresent(), "subject byte " + i);
    }
  }

  @Test
  void staysWithinItsCapacity() {
    for (int capacity = 0; capacity < 4; capacity++) {
      VerifiedLinks links = new VerifiedLinks(capacity);
      for (int i = 0; i < 10; i++) {
        links.add(issuer(i), link);
        assertEquals(Math.min(i + 1, capacity), links.size());
      }
    }
  }

  @Test
  void dropsTheLeastRecentlyUsed() {
    VerifiedLinks links = new VerifiedLinks(2);
    links.add(issuer(1), link);
    links.add(issuer(2), link);
    assertTrue(links.find(issuer(1), subject).isPresent());
    links.add(issuer(3), link);
    assertTrue(links.find(issuer(1), subject).isPresent());
    assertFalse(links.find(issuer(2), subject).isPresent());
    assertTrue(links.find(issuer(3), subject).isPresent());
  }
}
