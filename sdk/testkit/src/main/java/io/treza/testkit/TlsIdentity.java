package io.treza.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A TLS key and a certificate for localhost that nobody vouches for, as an enclave makes them. */
final class TlsIdentity {
  /** subjectAltName (RFC 5280, 4.2.1.6). */
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  private final TestCertificate certificate;

  private TlsIdentity(TestCertificate certificate) {
    this.certificate = certificate;
  }

  static TlsIdentity create(Instant now) {
    SecureRandom random = new SecureRandom();
    Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofHours(1));
    byte[] names = Der.sequence(
        Der.value(DNS_NAME, "localhost".getBytes(StandardCharsets.US_ASCII)),
        Der.value(IP_ADDRESS, new byte[] {127, 0, 0, 1}));
    return new TlsIdentity(new CertificateBuilder(
            Der.sequence(X500.commonName("localhost")),
            KeyType.P256.generate(random),
            new Validity(from, from.plus(Duration.ofDays(365))),
            random)
        .signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)
        .extension(CertificateExtension.of(SUBJECT_ALTERNATIVE_NAME, false, names))
        .selfSigned());
  }

  byte[] certificate() {
    return certificate.der();
  }

  /** SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), DER. */
  byte[] publicKeyInfo() {
    return certificate.keys().getPublic().getEncoded();
  }

  SSLContext context() {
    try {
      char[] password = new char[0];
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, password);
      store.setKeyEntry(
          "tls", certificate.keys().getPrivate(), password, new Certificate[] {certificate.x509()});
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK cannot serve TLS with a P-256 key", e);
    }
  }
}
