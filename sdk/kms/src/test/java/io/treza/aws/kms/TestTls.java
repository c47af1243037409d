package io.treza.aws.kms;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.Der;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import io.treza.testkit.TestCertificate;
import io.treza.testkit.Validity;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server's certificate for a name, which is its own authority. */
record TestTls(X509Certificate certificate, SSLContext context) {
  private static final int DNS_NAME = 0x82;

  static TestTls of(String name) throws Exception {
    SecureRandom random = new SecureRandom();
    Instant now = Instant.now();
    TestCertificate made = new CertificateBuilder(
            Der.sequence(),
            KeyType.P256.generate(random),
            new Validity(now.minusSeconds(3600), now.plusSeconds(3600)),
            random)
        .subjectCommonName(name)
        .issuerCommonName(name)
        .signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)
        .extension(CertificateExtension.of(
            "2.5.29.17",
            false,
            Der.sequence(Der.value(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII)))))
        .selfSigned();
    char[] password = new char[0];
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, password);
    store.setKeyEntry("tls", made.keys().getPrivate(), password, new Certificate[] {made.x509()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return new TestTls(made.x509(), context);
  }
}
