package io.treza.attestation.internal.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * The facts of one certificate, as it says them; nothing here has been judged.
 *
 * <p>Parsing demands canonical DER: the bytes must equal their own re-encoding, which refuses BER
 * lengths, trailing bytes and other second spellings of the same certificate.
 */
public final class Certificate {
  private static final String ECDSA_WITH_SHA384 = X9ObjectIdentifiers.ecdsa_with_SHA384.getId();

  private final byte[] sha256;
  private final byte[] signedPart;
  private final byte[] signature;
  private final byte[] publicKeyInfo;
  private final int version;
  private final BigInteger serial;
  private final String algorithmDeviation;
  private final byte[] issuer;
  private final byte[] subject;
  private final String commonName;
  private final Instant notBefore;
  private final Instant notAfter;
  private final Optional<Constraints> basicConstraints;
  private final OptionalInt keyUsage;
  private final Set<String> unknownCriticalExtensions;

  private Certificate(byte[] der, org.bouncycastle.asn1.x509.Certificate asn1)
      throws IOException, MalformedCertificateException {
    this.sha256 = sha256(der);
    TBSCertificate tbs = asn1.getTBSCertificate();
    this.signedPart = firstElement(der);
    this.signature = asn1.getSignature().getOctets();
    this.publicKeyInfo = asn1.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER);
    this.version = asn1.getVersionNumber();
    this.serial = asn1.getSerialNumber().getValue();
    this.algorithmDeviation = algorithmDeviation(asn1);
    this.issuer = asn1.getIssuer().getEncoded(ASN1Encoding.DER);
    this.subject = asn1.getSubject().getEncoded(ASN1Encoding.DER);
    this.commonName = commonName(asn1);
    this.notBefore = CertificateTime.read(asn1.getStartDate().toASN1Primitive());
    this.notAfter = CertificateTime.read(asn1.getEndDate().toASN1Primitive());
    Extensions extensions = tbs.getExtensions();
    this.basicConstraints = basicConstraints(extensions);
    this.keyUsage = keyUsage(extensions);
    this.unknownCriticalExtensions = unknownCritical(extensions);
  }

  /**
   * The basicConstraints extension (RFC 5280 section 4.2.1.9).
   *
   * @param critical whether the extension is marked critical
   * @param ca the cA flag
   * @param pathLength pathLenConstraint, if present
   */
  public record Constraints(boolean critical, boolean ca, Optional<BigInteger> pathLength) {}

  /** Reads exactly one DER certificate. */
  public static Certificate parse(byte[] der) throws MalformedCertificateException {
    try {
      ASN1Primitive item = ASN1Primitive.fromByteArray(der);
      if (item == null) {
        throw new MalformedCertificateException("no bytes");
      }
      if (!Arrays.equals(der, item.getEncoded(ASN1Encoding.DER))) {
        throw new MalformedCertificateException("bytes that are not canonical DER");
      }
      return new Certificate(der, org.bouncycastle.asn1.x509.Certificate.getInstance(item));
    } catch (IOException | RuntimeException e) {
      // Bouncy Castle reports broken ASN.1 with several unchecked exceptions.
      throw new MalformedCertificateException("no X.509 certificate: " + e.getMessage());
    }
  }

  /** SHA-256 over the complete DER: the certificate's identity. */
  public byte[] sha256() {
    return sha256.clone();
  }

  /** SHA-256 over {@code bytes}. */
  public static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** DER of the issuer's name. */
  public byte[] issuer() {
    return issuer.clone();
  }

  /** DER of the subject's name. */
  public byte[] subject() {
    return subject.clone();
  }

  /** Whether this certificate names {@code other} as its issuer, byte for byte. */
  public boolean namesAsIssuer(Certificate other) {
    return Arrays.equals(issuer, other.subject);
  }

  /** The subject's one common name, or "" if it has none or several. */
  public String commonName() {
    return commonName;
  }

  /** Version number as people count it: 1, 2 or 3. */
  public int version() {
    return version;
  }

  /** Serial number. */
  public BigInteger serial() {
    return serial;
  }

  /** First moment of validity, to the second. */
  public Instant notBefore() {
    return notBefore;
  }

  /** Last moment of validity, to the second, itself still valid (RFC 5280 section 4.1.2.5). */
  public Instant notAfter() {
    return notAfter;
  }

  /** The basicConstraints extension, if present. */
  public Optional<Constraints> basicConstraints() {
    return basicConstraints;
  }

  /** Whether the keyUsage extension is there and has {@code bit} (see {@link KeyUsage}). */
  public boolean hasKeyUsage(int bit) {
    return keyUsage.isPresent() && (keyUsage.getAsInt() & bit) == bit;
  }

  /** Critical extensions other than basicConstraints and keyUsage, as dotted OIDs. */
  public Set<String> unknownCriticalExtensions() {
    return unknownCriticalExtensions;
  }

  /** How the signature algorithm or key differs from ecdsa-with-SHA384 over P-384; "" if not. */
  public String algorithmDeviation() {
    return algorithmDeviation;
  }

  /** DER of the SubjectPublicKeyInfo. */
  public byte[] publicKeyInfo() {
    return publicKeyInfo.clone();
  }

  /** DER of the part that the issuer signed. */
  public byte[] signedPart() {
    return signedPart.clone();
  }

  /**
   * The signature's r and s.
   *
   * @throws MalformedCertificateException unless it is canonical DER of two integers
   */
  public List<BigInteger> signature() throws MalformedCertificateException {
    try {
      ASN1Sequence pair = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(signature));
      if (pair.size() == 2 && Arrays.equals(signature, pair.getEncoded(ASN1Encoding.DER))) {
        return List.of(
            ASN1Integer.getInstance(pair.getObjectAt(0)).getValue(),
            ASN1Integer.getInstance(pair.getObjectAt(1)).getValue());
      }
    } catch (IOException | RuntimeException e) {
      throw new MalformedCertificateException("a signature that is not ECDSA's DER pair");
    }
    throw new MalformedCertificateException("a signature that is not ECDSA's DER pair");
  }

  @Override
  public String toString() {
    return "CN=" + commonName + " sha256=" + HexFormat.of().formatHex(sha256);
  }

  /** The first element of a sequence in canonical DER; cutting it out is cheaper than encoding. */
  private static byte[] firstElement(byte[] sequence) {
    int start = contentStart(sequence, 0);
    int content = contentStart(sequence, start);
    int length = 0;
    // A short length is the second byte itself; a long one follows it (X.690 section 8.1.3).
    for (int i = Math.min(start + 2, content - 1); i < content; i++) {
      length = (length << 8) | (sequence[i] & 0xff);
    }
    return Arrays.copyOfRange(sequence, start, content + length);
  }

  private static int contentStart(byte[] der, int element) {
    int second = der[element + 1];
    return element + 2 + (second < 0 ? second & 0x7f : 0);
  }

  private static String algorithmDeviation(org.bouncycastle.asn1.x509.Certificate asn1) {
    for (AlgorithmIdentifier id :
        List.of(asn1.getSignatureAlgorithm(), asn1.getTBSCertificate().getSignature())) {
      if (!id.getAlgorithm().getId().equals(ECDSA_WITH_SHA384) || id.getParameters() != null) {
        return "signature algorithm " + id.getAlgorithm().getId();
      }
    }
    SubjectPublicKeyInfo key = asn1.getSubjectPublicKeyInfo();
    if (!key.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return "key algorithm " + key.getAlgorithm().getAlgorithm().getId();
    }
    if (!SECObjectIdentifiers.secp384r1.equals(key.getAlgorithm().getParameters())) {
      return key.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier curve
          ? "curve " + curve.getId()
          : "a curve that is not named";
    }
    byte[] point = key.getPublicKeyData().getOctets();
    return point.length == 97 && point[0] == 4 ? "" : "a point that is not uncompressed";
  }

  private static String commonName(org.bouncycastle.asn1.x509.Certificate certificate) {
    RDN[] names = certificate.getSubject().getRDNs(BCStyle.CN);
    return names.length == 1 && !names[0].isMultiValued()
        ? IETFUtils.valueToString(names[0].getFirst().getValue())
        : "";
  }

  private static Optional<Constraints> basicConstraints(Extensions extensions)
      throws IOException, MalformedCertificateException {
    Extension extension =
        extensions == null ? null : extensions.getExtension(Extension.basicConstraints);
    if (extension == null) {
      return Optional.empty();
    }
    BasicConstraints value = BasicConstraints.getInstance(extension.getParsedValue());
    requireCanonical(extension, value);
    return Optional.of(new Constraints(
        extension.isCritical(),
        value.isCA(),
        Optional.ofNullable(value.getPathLenConstraintInteger()).map(ASN1Integer::getValue)));
  }

  private static OptionalInt keyUsage(Extensions extensions)
      throws IOException, MalformedCertificateException {
    Extension extension = extensions == null ? null : extensions.getExtension(Extension.keyUsage);
    if (extension == null) {
      return OptionalInt.empty();
    }
    KeyUsage value = KeyUsage.getInstance(extension.getParsedValue());
    requireCanonical(extension, value);
    byte[] bits = value.getBytes();
    return OptionalInt.of(bits.length == 0 ? 0 : bits[0] & 0xff);
  }

  private static void requireCanonical(Extension extension, org.bouncycastle.asn1.ASN1Object value)
      throws IOException, MalformedCertificateException {
    if (!Arrays.equals(extension.getExtnValue().getOctets(), value.getEncoded(ASN1Encoding.DER))) {
      throw new MalformedCertificateException(
          "extension " + extension.getExtnId().getId() + " that is not canonical DER");
    }
  }

  private static Set<String> unknownCritical(Extensions extensions) {
    Set<String> unknown = new TreeSet<>();
    if (extensions != null) {
      for (ASN1ObjectIdentifier id : extensions.getCriticalExtensionOIDs()) {
        if (!id.equals(Extension.basicConstraints) && !id.equals(Extension.keyUsage)) {
          unknown.add(id.getId());
        }
      }
    }
    return Set.copyOf(unknown);
  }
}
