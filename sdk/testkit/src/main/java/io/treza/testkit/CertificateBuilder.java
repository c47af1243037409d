package io.treza.testkit;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Builds one X.509 certificate (RFC 5280), as right or as wrong as a test needs it.
 *
 * <p>What is not said stays right: whatever the contents, the signature is made by the issuer's key
 * over exactly the bytes that end up in the certificate, unless {@link #signingKey} or {@link
 * #signature} says otherwise. Not thread-safe.
 */
public final class CertificateBuilder {
  /** An extension that may depend on the keys: made from the issuer's and the subject's. */
  private record Entry(
      String oid, BiFunction<PublicKey, PublicKey, CertificateExtension> extension) {}

  private final SecureRandom random;
  private final List<Entry> extensions = new ArrayList<>();
  private int version = 3;
  private BigInteger serial;
  private byte[] subject;
  private Optional<byte[]> issuer = Optional.empty();
  private Instant notBefore;
  private Instant notAfter;
  private KeyPair keys;
  private Optional<byte[]> publicKeyInfo = Optional.empty();
  private Optional<byte[]> issuerUniqueId = Optional.empty();
  private Optional<byte[]> subjectUniqueId = Optional.empty();
  private SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_SHA384;
  private Optional<byte[]> outerAlgorithm = Optional.empty();
  private Optional<PrivateKey> signingKey = Optional.empty();
  private UnaryOperator<byte[]> signature = UnaryOperator.identity();
  private UnaryOperator<byte[]> encoding = UnaryOperator.identity();

  /**
   * A version 3 certificate without extensions.
   *
   * @param subject the subject's X.500 name, DER
   * @param keys the subject's keys
   * @param validity from when to when it is valid
   * @param random the source of the serial number (16 bytes) and of signatures
   */
  public CertificateBuilder(byte[] subject, KeyPair keys, Validity validity, SecureRandom random) {
    this.subject = subject.clone();
    this.keys = keys;
    this.notBefore = validity.notBefore();
    this.notAfter = validity.notAfter();
    this.random = random;
    this.serial = new BigInteger(128, random).max(BigInteger.ONE);
  }

  /** Sets the version: 1 (then left out, as DER wants), 2 or 3. The extensions stay as they are. */
  public CertificateBuilder version(int newVersion) {
    version = newVersion;
    return this;
  }

  /** Sets the serial number, of any sign and size. */
  public CertificateBuilder serial(BigInteger newSerial) {
    serial = newSerial;
    return this;
  }

  /** Sets the subject to a name with this common name and nothing else. */
  public CertificateBuilder subjectCommonName(String commonName) {
    return subject(Der.sequence(X500.commonName(commonName)));
  }

  /** Sets the subject's X.500 name, DER or not. */
  public CertificateBuilder subject(byte[] name) {
    subject = name.clone();
    return this;
  }

  /** Sets the issuer, whoever signs, to a name with this common name and nothing else. */
  public CertificateBuilder issuerCommonName(String commonName) {
    return issuer(Der.sequence(X500.commonName(commonName)));
  }

  /** Sets the issuer's X.500 name, whoever signs. */
  public CertificateBuilder issuer(byte[] name) {
    issuer = Optional.of(name.clone());
    return this;
  }

  /** Sets the first second of validity. */
  public CertificateBuilder notBefore(Instant instant) {
    notBefore = instant;
    return this;
  }

  /** Sets the last second of validity. */
  public CertificateBuilder notAfter(Instant instant) {
    notAfter = instant;
    return this;
  }

  /** Sets the subject's keys. */
  public CertificateBuilder keys(KeyPair newKeys) {
    keys = newKeys;
    return this;
  }

  /** Sets the subject's keys to new ones of this type. */
  public CertificateBuilder keys(KeyType type) {
    return keys(type.generate(random));
  }

  /**
   * Spells out the curve of the EC key set so far, instead of naming it.
   *
   * @throws ClassCastException if it is not an EC key
   */
  public CertificateBuilder explicitCurve() {
    return publicKeyInfo(ExplicitCurve.publicKeyInfo((ECPublicKey) keys.getPublic()));
  }

  /** Replaces the SubjectPublicKeyInfo; the keys stay those of {@link #keys(KeyPair)}. */
  public CertificateBuilder publicKeyInfo(byte[] der) {
    publicKeyInfo = Optional.of(der.clone());
    return this;
  }

  /** Sets the issuerUniqueID (RFC 5280, 4.1.2.8). */
  public CertificateBuilder issuerUniqueId(byte[] bits) {
    issuerUniqueId = Optional.of(bits.clone());
    return this;
  }

  /** Sets the subjectUniqueID (RFC 5280, 4.1.2.8). */
  public CertificateBuilder subjectUniqueId(byte[] bits) {
    subjectUniqueId = Optional.of(bits.clone());
    return this;
  }

  /** Replaces the first extension with the same OID, in its place, or adds this one at the end. */
  public CertificateBuilder extension(CertificateExtension extension) {
    Entry entry = new Entry(extension.oid(), (issuerKey, subjectKey) -> extension);
    for (int i = 0; i < extensions.size(); i++) {
      if (extensions.get(i).oid().equals(extension.oid())) {
        extensions.set(i, entry);
        return this;
      }
    }
    extensions.add(entry);
    return this;
  }

  /** Adds an extension at the end, even when there is one with this OID. */
  public CertificateBuilder duplicateExtension(CertificateExtension extension) {
    extensions.add(new Entry(extension.oid(), (issuerKey, subjectKey) -> extension));
    return this;
  }

  /** Removes every extension with this OID. */
  public CertificateBuilder withoutExtension(String oid) {
    extensions.removeIf(entry -> entry.oid().equals(oid));
    return this;
  }

  /** Removes all extensions. */
  public CertificateBuilder withoutExtensions() {
    extensions.clear();
    return this;
  }

  /** Adds a subjectKeyIdentifier computed from the key the certificate is issued for. */
  public CertificateBuilder subjectKeyIdentifier() {
    extensions.add(new Entry(
        CertificateExtension.SUBJECT_KEY_IDENTIFIER,
        (issuerKey, subjectKey) -> CertificateExtension.subjectKeyIdentifier(subjectKey)));
    return this;
  }

  /** Adds an authorityKeyIdentifier computed from the key of whoever issues the certificate. */
  public CertificateBuilder authorityKeyIdentifier() {
    extensions.add(new Entry(
        CertificateExtension.AUTHORITY_KEY_IDENTIFIER,
        (issuerKey, subjectKey) -> CertificateExtension.authorityKeyIdentifier(issuerKey)));
    return this;
  }

  /** Sets the algorithm to sign with, named both inside and outside the signed part. */
  public CertificateBuilder signatureAlgorithm(SignatureAlgorithm newAlgorithm) {
    algorithm = newAlgorithm;
    return this;
  }

  /** Replaces the outer AlgorithmIdentifier only, which RFC 5280, 4.1.1.2 wants equal. */
  public CertificateBuilder outerAlgorithm(byte[] identifier) {
    outerAlgorithm = Optional.of(identifier.clone());
    return this;
  }

  /** Signs with this key instead of the issuer's. */
  public CertificateBuilder signingKey(PrivateKey key) {
    signingKey = Optional.of(key);
    return this;
  }

  /** Changes the signature after it was made. */
  public CertificateBuilder signature(UnaryOperator<byte[]> change) {
    signature = change;
    return this;
  }

  /**
   * Changes the finished certificate, for instance by {@link Der#overlongLength} or with trailing
   * bytes.
   */
  public CertificateBuilder encoding(UnaryOperator<byte[]> change) {
    encoding = change;
    return this;
  }

  /** Issues the certificate under the issuer's name and key. */
  public TestCertificate issuedBy(TestCertificate authority) {
    return issue(authority.subject(), authority.keys());
  }

  /** Issues the certificate under its own name and key. */
  public TestCertificate selfSigned() {
    return issue(subject, keys);
  }

  private TestCertificate issue(byte[] issuerName, KeyPair issuerKeys) {
    byte[] signedPart = signedPart(issuer.orElse(issuerName), issuerKeys.getPublic());
    byte[] signed = algorithm.sign(signingKey.orElse(issuerKeys.getPrivate()), random, signedPart);
    byte[] certificate = Der.sequence(
        signedPart,
        outerAlgorithm.orElse(algorithm.identifier()),
        Der.bitString(signature.apply(signed)));
    return new TestCertificate(
        encoding.apply(certificate), subject, keys, new Validity(notBefore, notAfter));
  }

  /** TBSCertificate (RFC 5280, 4.1). */
  private byte[] signedPart(byte[] issuerName, PublicKey issuerKey) {
    List<byte[]> parts = new ArrayList<>();
    if (version != 1) {
      parts.add(Der.tagged(0, Der.integer(version - 1)));
    }
    parts.add(Der.integer(serial));
    parts.add(algorithm.identifier());
    parts.add(issuerName);
    parts.add(Der.sequence(Der.time(notBefore), Der.time(notAfter)));
    parts.add(subject);
    parts.add(publicKeyInfo.orElse(keys.getPublic().getEncoded()));
    issuerUniqueId.ifPresent(id -> parts.add(Der.value(0x81, new byte[1], id)));
    subjectUniqueId.ifPresent(id -> parts.add(Der.value(0x82, new byte[1], id)));
    if (!extensions.isEmpty()) {
      byte[][] encoded = extensions.stream()
          .map(entry -> entry.extension().apply(issuerKey, keys.getPublic()).der())
          .toArray(byte[][]::new);
      parts.add(Der.tagged(3, Der.sequence(encoded)));
    }
    return Der.sequence(parts.toArray(byte[][]::new));
  }
}
