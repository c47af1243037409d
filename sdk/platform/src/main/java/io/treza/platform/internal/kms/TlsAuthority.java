package io.treza.platform.internal.kms;

import io.treza.testkit.CertificateBuilder;
import io.treza.testkit.CertificateExtension;
import io.treza.testkit.CertificateExtension.Usage;
import io.treza.testkit.Der;
import io.treza.testkit.KeyType;
import io.treza.testkit.SignatureAlgorithm;
import io.treza.testkit.TestCertificate;
import io.treza.testkit.Validity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Vouches for the simulator's TLS: a CA (RFC 5280) of its own, so that callers need trust nothing
 * that is used elsewhere, and each start of the simulator makes a new certificate.
 */
public final class TlsAuthority {
  private static final String KEY_STORE = "authority.p12";
  private static final String CERTIFICATE = "authority.pem";
  private static final String NAME = "Treza simulated KMS";
  private static final Duration LIFETIME = Duration.ofDays(3650);

  /** PKCS #12 needs one; what protects the file is its mode. */
  private static final char[] PASSWORD = "simulated".toCharArray();

  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;
  private static final Pattern HOST = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*");
  private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|\\[[0-9a-f:.]+]");

  private final PrivateKey key;
  private final X509Certificate certificate;

  private TlsAuthority(PrivateKey key, X509Certificate certificate) {
    this.key = key;
    this.certificate = certificate;
  }

  /** One that is gone with this object. */
  public static TlsAuthority create() {
    SecureRandom random = new SecureRandom();
    Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);
    TestCertificate made = new CertificateBuilder(
            Der.sequence(),
            KeyType.P256.generate(random),
            new Validity(now.minus(Duration.ofHours(1)), now.plus(LIFETIME)),
            random)
        .subjectCommonName(NAME)
        .issuerCommonName(NAME)
        .signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)
        .extension(CertificateExtension.basicConstraints(true, 0))
        .subjectKeyIdentifier()
        .extension(CertificateExtension.keyUsage(true, Usage.KEY_CERT_SIGN))
        .selfSigned();
    return new TlsAuthority(made.keys().getPrivate(), made.x509());
  }

  /**
   * The one that is kept in a directory, and made if there is none.
   *
   * @throws IOException if the directory cannot be used or holds another file under the name of the
   *     key's; the message names it
   */
  public static TlsAuthority in(Path directory) throws IOException {
    Path file = directory.resolve(KEY_STORE);
    TlsAuthority authority = Files.exists(file) ? read(file) : create().keptIn(file);
    authority.publish(directory.resolve(CERTIFICATE));
    return authority;
  }

  private static TlsAuthority read(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(content), PASSWORD);
      if (store.getKey(NAME, PASSWORD) instanceof PrivateKey key
          && store.getCertificate(NAME) instanceof X509Certificate certificate) {
        return new TlsAuthority(key, certificate);
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(problem(file), e);
    }
    throw new IOException(problem(file));
  }

  private static String problem(Path file) {
    return file + " is no authority of this simulator; remove it, and a new one is made";
  }

  private TlsAuthority keptIn(Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      keyStore(key, certificate).store(bytes, PASSWORD);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has PKCS #12", e);
    }
    OwnerOnly.write(file, bytes.toByteArray());
    return this;
  }

  private void publish(Path file) throws IOException {
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    try {
      Files.writeString(
          draft,
          "-----BEGIN CERTIFICATE-----\n" + lines.encodeToString(certificate.getEncoded())
              + "\n-----END CERTIFICATE-----\n");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("what was parsed has an encoding", e);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static KeyStore keyStore(PrivateKey key, Certificate... chain)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    store.setKeyEntry(NAME, key, PASSWORD, chain);
    return store;
  }

  /** Whom callers must believe. */
  public X509Certificate certificate() {
    return certificate;
  }

  /**
   * For a server, with a new certificate.
   *
   * @param hosts names and addresses, IPv6 in brackets
   * @throws IllegalArgumentException if one is neither
   */
  public SSLContext serving(Collection<String> hosts) {
    SecureRandom random = new SecureRandom();
    KeyPair keys = KeyType.P256.generate(random);
    byte[] names = Der.sequence(hosts.stream().map(TlsAuthority::name).toArray(byte[][]::new));
    Validity validity = new Validity(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    X509Certificate leaf = new CertificateBuilder(Der.sequence(), keys, validity, random)
        .subjectCommonName(NAME + " at " + hosts.iterator().next())
        .issuerCommonName(NAME)
        .signingKey(key)
        .signatureAlgorithm(SignatureAlgorithm.ECDSA_SHA256)
        .extension(CertificateExtension.basicConstraints(false))
        .extension(CertificateExtension.authorityKeyIdentifier(certificate.getPublicKey()))
        .extension(CertificateExtension.keyUsage(true, Usage.DIGITAL_SIGNATURE))
        .extension(CertificateExtension.extendedKeyUsage(false, SERVER_AUTHENTICATION))
        .extension(CertificateExtension.of(SUBJECT_ALTERNATIVE_NAME, false, names))
        .selfSigned()
        .x509();
    try {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(keyStore(keys.getPrivate(), leaf, certificate), PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(factory.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK cannot serve TLS with a P-256 key", e);
    }
  }

  /** A GeneralName (RFC 5280, 4.2.1.6). */
  private static byte[] name(String host) {
    try {
      if (ADDRESS.matcher(host).matches()) {
        return Der.value(IP_ADDRESS, InetAddress.getByName(host).getAddress());
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(host + " is no address", e);
    }
    if (!HOST.matcher(host).matches()) {
      throw new IllegalArgumentException("'" + host + "' is no name of a host");
    }
    return Der.value(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII));
  }
}
