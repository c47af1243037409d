package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.Certificate.Constraints;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.junit.jupiter.api.Test;

/** What we read in a certificate is what the JDK reads in it, on every genuine certificate. */
class X509PeersTest {
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String KEY_USAGE = "2.5.29.15";

  @Test
  void readsEveryGenuineCertificateAsTheJdkDoes() throws Exception {
    Map<String, byte[]> distinct = new HashMap<>();
    for (RealDocuments.Entry entry : RealDocuments.real()) {
      AttestationDocument document = AttestationDocument.parse(entry.bytes());
      for (byte[] der : document.cabundle()) {
        distinct.put(HexFormat.of().formatHex(der), der);
      }
      distinct.put(HexFormat.of().formatHex(document.certificate()), document.certificate());
    }
    assertTrue(distinct.size() > 150, () -> distinct.size() + " certificates");
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (byte[] der : distinct.values()) {
      assertSame(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)),
          Certificate.parse(der));
    }
  }

  private static void assertSame(X509Certificate jdk, Certificate ours) {
    assertAll(
        jdk.getSubjectX500Principal().getName(),
        () -> assertEquals(jdk.getVersion(), ours.version()),
        () -> assertEquals(jdk.getSerialNumber(), ours.serial()),
        () -> assertArrayEquals(jdk.getIssuerX500Principal().getEncoded(), ours.issuer()),
        () -> assertArrayEquals(jdk.getSubjectX500Principal().getEncoded(), ours.subject()),
        () -> assertEquals(commonName(jdk), ours.commonName()),
        () -> assertEquals(jdk.getNotBefore().toInstant(), ours.notBefore()),
        () -> assertEquals(jdk.getNotAfter().toInstant(), ours.notAfter()),
        () -> assertEquals("1.2.840.10045.4.3.3", jdk.getSigAlgOID()),
        () -> assertEquals("", ours.algorithmDeviation()),
        () -> assertArrayEquals(jdk.getPublicKey().getEncoded(), ours.publicKeyInfo()),
        () -> assertArrayEquals(jdk.getTBSCertificate(), ours.signedPart()),
        () -> assertArrayEquals(jdk.getSignature(), der(ours.signature())),
        () -> assertEquals(constraints(jdk), ours.basicConstraints()),
        () -> assertEquals(keyUsage(jdk), keyUsage(ours)),
        () -> assertEquals(unknownCritical(jdk), ours.unknownCriticalExtensions()));
  }

  private static String commonName(X509Certificate jdk) throws InvalidNameException {
    return new LdapName(jdk.getSubjectX500Principal().getName())
        .getRdns().stream()
            .filter(rdn -> rdn.getType().equals("CN"))
            .map(Rdn::getValue)
            .map(String.class::cast)
            .findAny()
            .orElseThrow();
  }

  /** The JDK's single number: -1 for no CA, the greatest integer for a CA without a limit. */
  private static Optional<Constraints> constraints(X509Certificate jdk) {
    if (jdk.getExtensionValue(BASIC_CONSTRAINTS) == null) {
      return Optional.empty();
    }
    int number = jdk.getBasicConstraints();
    return Optional.of(new Constraints(
        jdk.getCriticalExtensionOIDs().contains(BASIC_CONSTRAINTS),
        number >= 0,
        number < 0 || number == Integer.MAX_VALUE
            ? Optional.empty()
            : Optional.of(BigInteger.valueOf(number))));
  }

  /** Bits in the order of RFC 5280 section 4.2.1.3, digitalSignature first; decipherOnly is 9th. */
  private static String keyUsage(X509Certificate jdk) {
    boolean[] bits = jdk.getKeyUsage();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(bits[i] ? '1' : '0');
    }
    return text.toString();
  }

  private static String keyUsage(Certificate ours) {
    StringBuilder text = new StringBuilder();
    for (int bit = 0x80; bit > 0; bit >>= 1) {
      text.append(ours.hasKeyUsage(bit) ? '1' : '0');
    }
    return text.toString();
  }

  private static Set<String> unknownCritical(X509Certificate jdk) {
    Set<String> critical = new TreeSet<>(jdk.getCriticalExtensionOIDs());
    critical.removeAll(Set.of(BASIC_CONSTRAINTS, KEY_USAGE));
    return critical;
  }

  private static byte[] der(List<BigInteger> rs) {
    byte[] r = rs.get(0).toByteArray();
    byte[] s = rs.get(1).toByteArray();
    byte[] der = new byte[6 + r.length + s.length];
    der[0] = 0x30;
    der[1] = (byte) (4 + r.length + s.length);
    der[2] = 0x02;
    der[3] = (byte) r.length;
    System.arraycopy(r, 0, der, 4, r.length);
    der[4 + r.length] = 0x02;
    der[5 + r.length] = (byte) s.length;
    System.arraycopy(s, 0, der, 6 + r.length, s.length);
    return der;
  }
}
