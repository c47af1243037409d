package io.treza.eif.internal;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/** A certificate's fields as OpenSSL prints them: long names, English dates in GMT, hex. */
public final class CertificateText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss yyyy 'GMT'", Locale.ENGLISH);
  // Long names of OpenSSL's crypto/objects/objects.txt; others show as dotted numbers, as there.
  private static final Map<ASN1ObjectIdentifier, String> NAMES = Map.ofEntries(
      Map.entry(BCStyle.CN, "commonName"),
      Map.entry(BCStyle.C, "countryName"),
      Map.entry(BCStyle.L, "localityName"),
      Map.entry(BCStyle.ST, "stateOrProvinceName"),
      Map.entry(BCStyle.STREET, "streetAddress"),
      Map.entry(BCStyle.O, "organizationName"),
      Map.entry(BCStyle.OU, "organizationalUnitName"),
      Map.entry(BCStyle.T, "title"),
      Map.entry(BCStyle.SURNAME, "surname"),
      Map.entry(BCStyle.GIVENNAME, "givenName"),
      Map.entry(BCStyle.SERIALNUMBER, "serialNumber"),
      Map.entry(BCStyle.E, "emailAddress"),
      Map.entry(BCStyle.UID, "userId"),
      Map.entry(BCStyle.DC, "domainComponent"));
  private static final Map<String, String> ALGORITHMS = Map.of(
      "1.2.840.10045.4.3.2", "ecdsa-with-SHA256",
      "1.2.840.10045.4.3.3", "ecdsa-with-SHA384",
      "1.2.840.10045.4.3.4", "ecdsa-with-SHA512",
      "1.2.840.113549.1.1.11", "sha256WithRSAEncryption",
      "1.2.840.113549.1.1.12", "sha384WithRSAEncryption",
      "1.2.840.113549.1.1.13", "sha512WithRSAEncryption",
      "1.3.101.112", "ED25519");

  private CertificateText() {}

  /** The issuer's attributes by long name; of several with one name, the last. */
  public static SortedMap<String, String> issuer(X509Certificate certificate) {
    SortedMap<String, String> attributes = new TreeMap<>();
    X500Name name = X500Name.getInstance(certificate.getIssuerX500Principal().getEncoded());
    for (RDN rdn : name.getRDNs()) {
      for (AttributeTypeAndValue attribute : rdn.getTypesAndValues()) {
        ASN1ObjectIdentifier type = attribute.getType();
        attributes.put(
            NAMES.getOrDefault(type, type.getId()),
            attribute.getValue() instanceof ASN1String text
                ? text.getString()
                : attribute.getValue().toString());
      }
    }
    return attributes;
  }

  /** The algorithm of the issuer's signature. */
  public static String algorithm(X509Certificate certificate) {
    return ALGORITHMS.getOrDefault(certificate.getSigAlgOID(), certificate.getSigAlgOID());
  }

  /** {@code Nov 23 03:45:34 2026 GMT}; the day is padded with a space. */
  public static String time(Instant instant) {
    return TIME.format(instant.atZone(ZoneOffset.UTC));
  }

  /** Upper-case hex, a colon between bytes. */
  public static String colons(byte[] bytes) {
    return HexFormat.ofDelimiter(":").withUpperCase().formatHex(bytes);
  }
}
