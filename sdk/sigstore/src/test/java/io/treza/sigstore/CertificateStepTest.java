package io.treza.sigstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPath;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/** An authority counts while it is one, and for what is signed while it is one. */
class CertificateStepTest {
  private static final Instant CREATED = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant RETIRED = Instant.parse("2022-01-01T00:00:00Z");
  private static final Instant EXPIRES = Instant.parse("2024-01-01T00:00:00Z");
  private static final Instant FAR = Instant.parse("2040-01-01T00:00:00Z");

  private final KeyPair authority = key();
  private final X509Certificate root = certificate("CN=root", authority, EXPIRES, true);
  private final CertPath leaf = CertificateFactory.getInstance("X.509")
      .generateCertPath(List.of(certificate("CN=leaf", key(), FAR, false)));

  CertificateStepTest() throws GeneralSecurityException, IOException, OperatorCreationException {}

  private static KeyPair key() throws GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(256);
    return keys.generateKeyPair();
  }

  private X509Certificate certificate(String name, KeyPair key, Instant until, boolean ca)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        new X500Name("CN=root"),
        BigInteger.valueOf(ca ? 1 : 2),
        Date.from(CREATED),
        Date.from(until),
        new X500Name(name),
        key.getPublic());
    if (ca) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    } else {
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_codeSigning));
    }
    byte[] der = builder
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate()))
        .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  private CertificateStep step(String end) throws GeneralSecurityException {
    String json =
        """
        {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "certificateAuthorities": [{"subject": {"commonName": "root"}, "uri": "https://ca.example",
        "certChain": {"certificates": [{"rawBytes": "%s"}]},
        "validFor": {"start": "%s"%s}}]}""".formatted(Base64.getEncoder().encodeToString(root.getEncoded()), CREATED, end);
    return new CertificateStep(
        SigstoreTrustedRoot.parse(json.getBytes(StandardCharsets.UTF_8)).parsed(), false);
  }

  private void refusedAt(CertificateStep step, Instant time) {
    Refused refused = assertThrows(
        Refused.class, () -> step.checkAt(leaf, List.of(CREATED.plusSeconds(1), time)));
    assertEquals(BundleReason.SIGNED_AT, refused.rejection().reason());
  }

  @Test
  void retiredAuthorityVouchesForNothingSignedLater() throws Exception {
    CertificateStep step = step(", \"end\": \"" + RETIRED + "\"");
    assertEquals(leaf.getCertificates().get(0), step.check(leaf));
    step.checkAt(leaf, List.of(RETIRED.minusSeconds(1)));
    refusedAt(step, RETIRED.plusSeconds(1));
  }

  @Test
  void certificateOutlivesNoneAboveIt() throws Exception {
    CertificateStep step = step("");
    step.check(leaf);
    step.checkAt(leaf, List.of(EXPIRES.minusSeconds(1)));
    refusedAt(step, EXPIRES.plusSeconds(1));
  }
}
