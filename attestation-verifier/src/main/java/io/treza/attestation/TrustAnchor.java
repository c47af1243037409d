package io.treza.attestation;

import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.MalformedCertificateException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A pinned endorsement root: the certificate that a bundle must begin with, byte for byte, and
 * the names that may stand under it.
 */
public final class TrustAnchor {
  private final String name;
  private final byte[] der;
  private final Certificate certificate;
  private final NamingProfile profile;

  private TrustAnchor(String name, byte[] der, NamingProfile profile) {
    this.name = Objects.requireNonNull(name);
    this.der = der.clone();
    this.certificate = parsed(der);
    this.profile = profile;
  }

  /**
   * AWS's commercial partition, root G1 of 2019, published with this SHA-256 fingerprint:
   * 641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B. The default.
   */
  public static TrustAnchor awsCommercial() {
    return new TrustAnchor(
        "AWS commercial (G1)", resource("aws-nitro-root-g1.pem"), NamingProfile.aws("aws"));
  }

  /**
   * AWS GovCloud (US), root of 2020, SHA-256
   * 20BCD30A3E168EA03789E1C45912BC123C4DE3C977B8A6E1C125C7929D668B3B.
   *
   * <p>Opt-in: this fingerprint has not been cross-checked with a publication of AWS. Compare it
   * with one you trust before relying on it.
   */
  public static TrustAnchor awsGovCloud() {
    return new TrustAnchor(
        "AWS GovCloud (US)",
        resource("aws-us-gov-nitro-root.pem"),
        NamingProfile.aws("aws-us-gov"));
  }

  /**
   * A development root: what stands under it is simulated, must carry simulated names, and proves
   * nothing about hardware.
   *
   * @param name what results call it
   * @param certificate DER or PEM of the root certificate
   * @throws IllegalArgumentException if it is no certificate
   */
  public static TrustAnchor development(String name, byte[] certificate) {
    return new TrustAnchor(name, derOf(certificate), NamingProfile.SIMULATED);
  }

  /**
   * Any other root, for example of an AWS partition not listed here. Its common name {@code
   * <partition>.nitro-enclaves} says which names may stand under it.
   *
   * @param name what results call it
   * @param certificate DER or PEM of the root certificate
   * @throws IllegalArgumentException if it is no certificate
   */
  public static TrustAnchor ofRoot(String name, byte[] certificate) {
    byte[] der = derOf(certificate);
    return new TrustAnchor(name, der, NamingProfile.announcedBy(parsed(der).commonName()));
  }

  /** What results call it. */
  public String name() {
    return name;
  }

  /** DER of the root certificate. */
  public byte[] certificate() {
    return der.clone();
  }

  /** SHA-256 over the DER, lower-case hexadecimal. */
  public String fingerprint() {
    return HexFormat.of().formatHex(certificate.sha256());
  }

  /** Whether what stands under it is simulated and proves nothing about hardware. */
  public boolean simulated() {
    return profile.simulated();
  }

  /** Whether {@code root} is this root, byte for byte. */
  boolean is(byte[] root) {
    return Arrays.equals(der, root);
  }

  Certificate parsed() {
    return certificate;
  }

  NamingProfile profile() {
    return profile;
  }

  /** Whether the other has the same certificate, name and names that may stand under it. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TrustAnchor that
        && Arrays.equals(der, that.der)
        && name.equals(that.name)
        && profile.partition().equals(that.profile.partition());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(der);
  }

  @Override
  public String toString() {
    return name;
  }

  private static Certificate parsed(byte[] der) {
    try {
      return Certificate.parse(der);
    } catch (MalformedCertificateException e) {
      throw new IllegalArgumentException("a trust anchor must be one certificate: " + e.found(), e);
    }
  }

  private static byte[] resource(String file) {
    try (InputStream in = TrustAnchor.class.getResourceAsStream(file)) {
      return derOf(Objects.requireNonNull(in, file).readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the embedded " + file, e);
    }
  }

  /** DER of the certificate in {@code bytes}, which are DER or one PEM block (RFC 7468). */
  static byte[] derOf(byte[] bytes) {
    String begin = "-----BEGIN CERTIFICATE-----";
    String end = "-----END CERTIFICATE-----";
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int from = text.indexOf(begin);
    if (from < 0) {
      return bytes.clone();
    }
    int to = text.indexOf(end, from);
    if (to < 0 || text.indexOf(begin, to) >= 0) {
      throw new IllegalArgumentException("expected exactly one PEM certificate");
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the PEM certificate is not base64", e);
    }
  }
}
