package io.treza.enclave;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** A certificate authority that signs what it is asked to. */
final class TestAuthority {
  private static final X500Name NAME = new X500Name("CN=Test authority");

  private final KeyPair keys;
  final X509Certificate root;

  TestAuthority() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    keys = generator.generateKeyPair();
    root = sign(
        NAME,
        keys.getPublic(),
        Instant.now().plus(Duration.ofDays(1)),
        new Extensions(new Extension(
            Extension.basicConstraints, true, new BasicConstraints(true).getEncoded())));
  }

  /** What a public authority makes of a request: for the names in it, if it proves its key. */
  X509Certificate sign(byte[] request, Instant notAfter) throws Exception {
    JcaPKCS10CertificationRequest parsed = new JcaPKCS10CertificationRequest(request);
    if (!parsed.isSignatureValid(
        new JcaContentVerifierProviderBuilder().build(parsed.getPublicKey()))) {
      throw new IllegalArgumentException("signed by another key");
    }
    return sign(
        new X500Name("CN=A customer"),
        parsed.getPublicKey(),
        notAfter,
        parsed.getRequestedExtensions());
  }

  /** A chain for a day. */
  List<X509Certificate> chain(byte[] request) throws Exception {
    return List.of(sign(request, Instant.now().plus(Duration.ofDays(1))), root);
  }

  /** A certificate for a key and one DNS name. */
  X509Certificate sign(PublicKey key, String dnsName) throws Exception {
    return sign(
        new X500Name("CN=A customer"),
        key,
        Instant.now().plus(Duration.ofDays(1)),
        new Extensions(new Extension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, dnsName)).getEncoded())));
  }

  private X509Certificate sign(
      X500Name subject, PublicKey key, Instant notAfter, Extensions extensions) throws Exception {
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        NAME,
        BigInteger.valueOf(System.nanoTime()).abs(),
        Date.from(Instant.now().minus(Duration.ofDays(2))),
        Date.from(notAfter),
        subject,
        key);
    for (var oid : extensions.getExtensionOIDs()) {
      builder.addExtension(extensions.getExtension(oid));
    }
    byte[] der = builder
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
        .getEncoded();
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}
