package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.PublicKey;
import java.util.Arrays;
import java.util.Locale;

/** One certificate extension (RFC 5280, 4.2): its OID, criticality and DER value. */
public final class CertificateExtension {
  /** OID of basicConstraints. */
  public static final String BASIC_CONSTRAINTS = "2.5.29.19";

  /** OID of keyUsage. */
  public static final String KEY_USAGE = "2.5.29.15";

  /** OID of subjectKeyIdentifier. */
  public static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";

  /** OID of authorityKeyIdentifier. */
  public static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";

  /** OID of cRLDistributionPoints. */
  public static final String CRL_DISTRIBUTION_POINTS = "2.5.29.31";

  /** OID of extKeyUsage. */
  public static final String EXTENDED_KEY_USAGE = "2.5.29.37";

  /** OID of nameConstraints. */
  public static final String NAME_CONSTRAINTS = "2.5.29.30";

  /** The bits of keyUsage (RFC 5280, 4.2.1.3). */
  public enum Usage {
    /** digitalSignature. */
    DIGITAL_SIGNATURE(0),
    /** nonRepudiation. */
    NON_REPUDIATION(1),
    /** keyEncipherment. */
    KEY_ENCIPHERMENT(2),
    /** dataEncipherment. */
    DATA_ENCIPHERMENT(3),
    /** keyAgreement. */
    KEY_AGREEMENT(4),
    /** keyCertSign. */
    KEY_CERT_SIGN(5),
    /** cRLSign. */
    CRL_SIGN(6),
    /** encipherOnly. */
    ENCIPHER_ONLY(7),
    /** decipherOnly. */
    DECIPHER_ONLY(8);

    private final int bit;

    Usage(int bit) {
      this.bit = bit;
    }
  }

  private final String oid;
  private final boolean critical;
  private final byte[] value;

  private CertificateExtension(String oid, boolean critical, byte[] value) {
    this.oid = oid;
    this.critical = critical;
    this.value = value.clone();
  }

  /** Any extension; {@code value} is what its OCTET STRING holds. */
  public static CertificateExtension of(String oid, boolean critical, byte[] value) {
    return new CertificateExtension(oid, critical, value);
  }

  /** Critical basicConstraints without a path length. */
  public static CertificateExtension basicConstraints(boolean ca) {
    return of(BASIC_CONSTRAINTS, true, ca ? Der.sequence(Der.bool(true)) : Der.sequence());
  }

  /** Critical basicConstraints with a path length, which may be out of range. */
  public static CertificateExtension basicConstraints(boolean ca, long pathLength) {
    byte[] length = Der.integer(pathLength);
    return of(
        BASIC_CONSTRAINTS, true, ca ? Der.sequence(Der.bool(true), length) : Der.sequence(length));
  }

  /** A keyUsage with these bits. */
  public static CertificateExtension keyUsage(boolean critical, Usage... usages) {
    int[] bits = Arrays.stream(usages).mapToInt(usage -> usage.bit).toArray();
    return of(KEY_USAGE, critical, Der.namedBits(bits));
  }

  /** A subjectKeyIdentifier of 20 bytes, as AWS's: a hash of the key (RFC 7093, section 2, 4). */
  public static CertificateExtension subjectKeyIdentifier(PublicKey key) {
    return of(SUBJECT_KEY_IDENTIFIER, false, Der.octetString(keyIdentifier(key)));
  }

  /** An authorityKeyIdentifier that holds the issuer's key identifier. */
  public static CertificateExtension authorityKeyIdentifier(PublicKey issuer) {
    return of(
        AUTHORITY_KEY_IDENTIFIER, false, Der.sequence(Der.value(0x80, keyIdentifier(issuer))));
  }

  /** A cRLDistributionPoints with one URL. */
  public static CertificateExtension crlDistributionPoint(String url) {
    byte[] fullName = Der.tagged(0, Der.value(0x86, url.getBytes(US_ASCII)));
    return of(CRL_DISTRIBUTION_POINTS, false, Der.sequence(Der.sequence(Der.tagged(0, fullName))));
  }

  /** An extKeyUsage with these purposes, as OIDs. */
  public static CertificateExtension extendedKeyUsage(boolean critical, String... purposes) {
    return of(
        EXTENDED_KEY_USAGE,
        critical,
        Der.sequence(Arrays.stream(purposes).map(Der::oid).toArray(byte[][]::new)));
  }

  /** The same extension with another criticality. */
  public CertificateExtension critical(boolean newCritical) {
    return of(oid, newCritical, value);
  }

  /** The OID, dotted. */
  public String oid() {
    return oid;
  }

  /** The Extension value (RFC 5280, 4.1), DER. */
  public byte[] der() {
    byte[] content = Der.octetString(value);
    return critical
        ? Der.sequence(Der.oid(oid), Der.bool(true), content)
        : Der.sequence(Der.oid(oid), content);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "extension %s%s", oid, critical ? " (critical)" : "");
  }

  private static byte[] keyIdentifier(PublicKey key) {
    return Arrays.copyOf(Digests.sha384(key.getEncoded()), 20);
  }
}
