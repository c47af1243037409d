package io.treza.enclave.internal.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Makes certificates and requests for them, and looks at what an authority made of one. */
public final class Certificates {
  /** What fits into a positive INTEGER of 16 bytes. */
  private static final int SERIAL_BITS = 127;

  private Certificates() {}

  /** A certificate signed by its own key: nobody vouches for it but evidence. */
  public static X509Certificate selfSigned(
      KeyPair keys, List<HostName> hosts, Instant notBefore, Instant notAfter) {
    try {
      // Whom it is for, the extension says, which alone has room for every name.
      X500Name nobody = new X500Name("CN=Enclave");
      JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
          nobody,
          new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
          Date.from(notBefore),
          Date.from(notAfter),
          nobody,
          keys.getPublic());
      Extensions extensions = extensions(hosts);
      for (var oid : extensions.getExtensionOIDs()) {
        builder.addExtension(extensions.getExtension(oid));
      }
      return parsed(builder.build(signer(keys)).getEncoded());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("no certificate could be made", e);
    }
  }

  /** A request for a certificate for this key (PKCS#10, RFC 2986), DER. */
  public static byte[] request(KeyPair keys, List<HostName> hosts) {
    try {
      X500Name nobody = new X500Name(new RDN[0]);
      return new JcaPKCS10CertificationRequestBuilder(nobody, keys.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions(hosts))
          .build(signer(keys))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("no certificate request could be made", e);
    }
  }

  /**
   * Refuses what clients would refuse anyway, while what is there still works.
   *
   * @param chain the leaf first, then who signed it, perhaps without the root
   * @throws IllegalArgumentException if it is not one for these names now
   */
  public static void requireUsable(List<X509Certificate> chain, List<HostName> hosts, Instant now) {
    X509Certificate leaf = chain.get(0);
    try {
      leaf.checkValidity(Date.from(now));
      List<GeneralName> names = names(leaf);
      for (HostName host : hosts) {
        if (names.stream().noneMatch(host::isCoveredBy)) {
          throw new IllegalArgumentException(
              "the certificate is not for " + host.text() + " but for " + names);
        }
      }
      for (int i = 0; i + 1 < chain.size(); i++) {
        chain.get(i).verify(chain.get(i + 1).getPublicKey());
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the certificates are no chain: " + e.getMessage(), e);
    }
  }

  private static List<GeneralName> names(X509Certificate leaf) throws GeneralSecurityException {
    GeneralNames names = GeneralNames.fromExtensions(
        new JcaX509CertificateHolder(leaf).getExtensions(), Extension.subjectAlternativeName);
    return names == null ? List.of() : Arrays.asList(names.getNames());
  }

  private static Extensions extensions(List<HostName> hosts) throws IOException {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    extensions.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    extensions.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(hosts.stream().map(HostName::generalName).toArray(GeneralName[]::new)));
    return extensions.generate();
  }

  private static ContentSigner signer(KeyPair keys) throws OperatorCreationException {
    return new JcaContentSignerBuilder(Curve.signatureBy(keys)).build(keys.getPrivate());
  }

  private static X509Certificate parsed(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}
