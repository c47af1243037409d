package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.testkit.CertificateExtension.Usage;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every change shows in the certificate, as the JDK reads it, and the signature stays valid. */
class CertificateBuilderTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Validity YEAR =
      new Validity(Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-12-31T23:59:59Z"));
  private static final KeyPair KEYS = KeyType.P384.generate(RANDOM);
  private static final TestCertificate ISSUER =
      builder().subjectCommonName("issuer").selfSigned();

  private static CertificateBuilder builder() {
    return new CertificateBuilder(Der.sequence(X500.commonName("subject")), KEYS, YEAR, RANDOM);
  }

  private static boolean signedBy(PublicKey key, TestCertificate certificate) {
    try {
      certificate.x509().verify(key);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static X509Certificate signed(CertificateBuilder builder) {
    TestCertificate certificate = builder.issuedBy(ISSUER);
    assertTrue(signedBy(ISSUER.keys().getPublic(), certificate));
    return certificate.x509();
  }

  @Test
  void namesAreTheSubjectsAndTheIssuersUnlessSaidOtherwise() {
    X509Certificate certificate = signed(builder());
    assertEquals("CN=subject", certificate.getSubjectX500Principal().getName());
    assertEquals("CN=issuer", certificate.getIssuerX500Principal().getName());
    X509Certificate changed = signed(builder().subjectCommonName("a").issuerCommonName("b"));
    assertEquals("CN=a", changed.getSubjectX500Principal().getName());
    assertEquals("CN=b", changed.getIssuerX500Principal().getName());
  }

  @Test
  void serialAndDatesAreThoseGiven() {
    Instant from = Instant.parse("2049-12-31T23:59:59Z");
    Instant to = Instant.parse("2050-01-01T00:00:00Z");
    X509Certificate certificate =
        signed(builder().serial(BigInteger.valueOf(-5)).notBefore(from).notAfter(to));
    assertEquals(BigInteger.valueOf(-5), certificate.getSerialNumber());
    assertEquals(from, certificate.getNotBefore().toInstant());
    assertEquals(to, certificate.getNotAfter().toInstant());
    assertEquals(
        new Validity(from, to),
        builder().notBefore(from).notAfter(to).selfSigned().validity());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theVersionIsTheOneGiven(int version) {
    assertEquals(version, signed(builder().version(version)).getVersion());
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void theKeyIsOfTheTypeGiven(KeyType type) {
    TestCertificate certificate = builder().keys(type).issuedBy(ISSUER);
    assertEquals(certificate.keys().getPublic(), certificate.x509().getPublicKey());
    assertEquals(
        type == KeyType.RSA_2048 ? "RSA" : "EC", certificate.keys().getPublic().getAlgorithm());
  }

  @Test
  void aForeignPublicKeyInfoReplacesTheKeyOnPaperOnly() {
    KeyPair other = KeyType.P256.generate(RANDOM);
    TestCertificate certificate =
        builder().publicKeyInfo(other.getPublic().getEncoded()).issuedBy(ISSUER);
    assertEquals(other.getPublic(), certificate.x509().getPublicKey());
    assertEquals(KEYS.getPublic(), certificate.keys().getPublic());
  }

  /** RFC 3279, 2.3.5; the JDK, rightly, reads named curves only. */
  @Test
  void theCurveCanBeSpelledOut() {
    TestCertificate certificate = builder().explicitCurve().issuedBy(ISSUER);
    String der = HexFormat.of().formatHex(certificate.der());
    ECParameterSpec curve = ((ECPublicKey) KEYS.getPublic()).getParams();
    String generator = "046104" + curve.getGenerator().getAffineX().toString(16)
        + curve.getGenerator().getAffineY().toString(16);
    assertTrue(der.contains("0430" + curve.getCurve().getA().toString(16)), der);
    assertTrue(der.contains("0430" + curve.getCurve().getB().toString(16)), der);
    assertTrue(der.contains(generator), der);
    assertTrue(der.contains("023100" + curve.getOrder().toString(16) + "020101"), der);
    assertThrows(IllegalStateException.class, certificate::x509);
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void theSignatureIsMadeByTheAlgorithmGiven(SignatureAlgorithm algorithm) throws Exception {
    KeyType type = algorithm == SignatureAlgorithm.RSA_SHA384 ? KeyType.RSA_2048 : KeyType.P384;
    TestCertificate certificate =
        builder().keys(type).signatureAlgorithm(algorithm).selfSigned();
    assertTrue(signedBy(certificate.keys().getPublic(), certificate));
  }

  @Test
  void aKeyThatDoesNotFitTheAlgorithmIsRefused() {
    CertificateBuilder builder = builder().signatureAlgorithm(SignatureAlgorithm.RSA_SHA384);
    assertThrows(IllegalArgumentException.class, () -> builder.issuedBy(ISSUER));
  }

  @Test
  void theOuterAlgorithmCanDifferFromTheSignedOne() {
    byte[] outer = SignatureAlgorithm.ECDSA_SHA256.identifier();
    String der = HexFormat.of()
        .formatHex(builder().outerAlgorithm(outer).issuedBy(ISSUER).der());
    assertTrue(der.contains(HexFormat.of().formatHex(outer)));
    assertTrue(
        der.contains(HexFormat.of().formatHex(SignatureAlgorithm.ECDSA_SHA384.identifier())));
  }

  @Test
  void aForeignKeyCanSign() {
    KeyPair foreign = KeyType.P384.generate(RANDOM);
    TestCertificate certificate = builder().signingKey(foreign.getPrivate()).issuedBy(ISSUER);
    assertFalse(signedBy(ISSUER.keys().getPublic(), certificate));
    assertTrue(signedBy(foreign.getPublic(), certificate));
  }

  @Test
  void theSignatureCanBeCorrupted() {
    TestCertificate certificate = builder().signature(Signatures::corrupted).issuedBy(ISSUER);
    assertFalse(signedBy(ISSUER.keys().getPublic(), certificate));
  }

  @Test
  void theEncodingCanBeWrong() {
    byte[] trailing =
        builder().encoding(der -> Cbor.concat(der, new byte[3])).selfSigned().der();
    byte[] overlong = builder().encoding(Der::overlongLength).selfSigned().der();
    assertArrayEquals(
        new byte[3], Arrays.copyOfRange(trailing, trailing.length - 3, trailing.length));
    assertEquals((byte) 0x83, overlong[1]);
    assertEquals(0, overlong[2]);
  }

  @Test
  void uniqueIdentifiersAreThoseGiven() {
    X509Certificate certificate =
        signed(builder().issuerUniqueId(new byte[] {1}).subjectUniqueId(new byte[] {2}));
    boolean[] one = {false, false, false, false, false, false, false, true};
    boolean[] two = {false, false, false, false, false, false, true, false};
    assertArrayEquals(one, certificate.getIssuerUniqueID());
    assertArrayEquals(two, certificate.getSubjectUniqueID());
  }

  @Test
  void basicConstraintsAreThoseGiven() {
    assertEquals(-1, signed(builder()).getBasicConstraints());
    assertEquals(
        Integer.MAX_VALUE,
        signed(builder().extension(CertificateExtension.basicConstraints(true)))
            .getBasicConstraints());
    assertEquals(
        7,
        signed(builder().extension(CertificateExtension.basicConstraints(true, 7)))
            .getBasicConstraints());
    X509Certificate soft =
        signed(builder().extension(CertificateExtension.basicConstraints(true).critical(false)));
    assertTrue(soft.getNonCriticalExtensionOIDs().contains(CertificateExtension.BASIC_CONSTRAINTS));
  }

  @Test
  void aPathLengthMayBeOutOfRange() {
    byte[] der = builder()
        .extension(CertificateExtension.basicConstraints(true, -1))
        .selfSigned()
        .der();
    assertTrue(HexFormat.of().formatHex(der).contains("30060101ff0201ff"));
  }

  @ParameterizedTest
  @EnumSource(Usage.class)
  void keyUsageSetsTheBitOfItsName(Usage usage) {
    boolean[] bits =
        signed(builder().extension(CertificateExtension.keyUsage(true, usage))).getKeyUsage();
    int index = List.of(Usage.values()).indexOf(usage);
    for (int i = 0; i < bits.length; i++) {
      assertEquals(i == index, bits[i], usage + " bit " + i);
    }
  }

  @Test
  void otherExtensionsAreThoseGiven() throws Exception {
    X509Certificate certificate = signed(builder()
        .extension(CertificateExtension.of("1.2.3.4", true, Der.nullValue()))
        .extension(CertificateExtension.extendedKeyUsage(false, "1.3.6.1.5.5.7.3.1")));
    assertEquals(Set.of("1.2.3.4"), certificate.getCriticalExtensionOIDs());
    assertArrayEquals(new byte[] {4, 2, 5, 0}, certificate.getExtensionValue("1.2.3.4"));
    assertEquals(List.of("1.3.6.1.5.5.7.3.1"), certificate.getExtendedKeyUsage());
  }

  @Test
  void anExtensionReplacesTheOneWithItsOidAndCanBeRemoved() {
    CertificateBuilder builder = builder()
        .extension(CertificateExtension.keyUsage(true, Usage.CRL_SIGN))
        .extension(CertificateExtension.keyUsage(false, Usage.CRL_SIGN));
    assertEquals(Set.of(), signed(builder).getCriticalExtensionOIDs());
    builder.withoutExtension(CertificateExtension.KEY_USAGE);
    assertNull(signed(builder).getKeyUsage());
  }

  @Test
  void anExtensionCanBeThereTwice() {
    CertificateExtension usage = CertificateExtension.keyUsage(true, Usage.CRL_SIGN);
    byte[] der =
        builder().extension(usage).duplicateExtension(usage).selfSigned().der();
    String one = HexFormat.of().formatHex(usage.der());
    assertTrue(HexFormat.of().formatHex(der).contains(one + one));
  }

  @Test
  void keyIdentifiersFollowTheKeysInUse() {
    KeyPair other = KeyType.P384.generate(RANDOM);
    X509Certificate certificate =
        signed(builder().subjectKeyIdentifier().authorityKeyIdentifier().keys(other));
    String subject = identifier(certificate, CertificateExtension.SUBJECT_KEY_IDENTIFIER);
    String authority = identifier(certificate, CertificateExtension.AUTHORITY_KEY_IDENTIFIER);
    X509Certificate issuer = builder().subjectKeyIdentifier().selfSigned().x509();
    assertEquals(identifier(issuer, CertificateExtension.SUBJECT_KEY_IDENTIFIER), authority);
    assertFalse(subject.equals(authority));
  }

  /** The last 20 bytes: the identifier, whatever wraps it. */
  private static String identifier(X509Certificate certificate, String oid) {
    byte[] value = certificate.getExtensionValue(oid);
    return HexFormat.of().formatHex(value, value.length - 20, value.length);
  }
}
