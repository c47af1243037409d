package io.treza.sigstore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1UTF8String;

/** Reads who a certificate was issued to (Fulcio, "Sigstore OID information") and checks it. */
final class IdentityStep {
  private static final String FULCIO = "1.3.6.1.4.1.57264.1.";
  private static final int RFC822_NAME = 1;
  private static final int URI = 6;

  private IdentityStep() {}

  static BundleSigner.Certificate check(X509Certificate certificate, List<SignerIdentity> anyOf)
      throws Refused {
    BundleSigner.Certificate signer = read(certificate);
    String complaints = "";
    for (SignerIdentity identity : anyOf) {
      Optional<String> complaint = identity.complaint(signer);
      if (complaint.isEmpty()) {
        return signer;
      }
      complaints += (complaints.isEmpty() ? "" : "; ") + complaint.get();
    }
    throw new Refused(
        BundleReason.IDENTITY,
        complaints.isEmpty() ? "no signer with a certificate is trusted" : complaints);
  }

  private static BundleSigner.Certificate read(X509Certificate certificate) throws Refused {
    // The first form is the bare text, the later one DER.
    Optional<String> older = extension(certificate, 1, false);
    Optional<String> issuer = extension(certificate, 8, true);
    if (older.isPresent() && issuer.isPresent() && !older.equals(issuer)) {
      throw new Refused(BundleReason.IDENTITY, "the certificate names two issuers");
    }
    return new BundleSigner.Certificate(
        issuer
            .or(() -> older)
            .orElseThrow(
                () -> new Refused(BundleReason.IDENTITY, "the certificate names no issuer")),
        subject(certificate),
        extension(certificate, 12, true),
        extension(certificate, 15, true),
        extension(certificate, 14, true),
        extension(certificate, 13, true),
        extension(certificate, 18, true),
        extension(certificate, 11, true));
  }

  private static String subject(X509Certificate certificate) throws Refused {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null && names.size() == 1) {
        List<?> name = names.iterator().next();
        boolean known = name.get(0).equals(RFC822_NAME) || name.get(0).equals(URI);
        if (known && name.get(1) instanceof String text) {
          return text;
        }
      }
    } catch (CertificateParsingException e) {
      throw new Refused(BundleReason.IDENTITY, "alternative names cannot be read", e);
    }
    throw new Refused(
        BundleReason.IDENTITY,
        "the certificate does not have one URI or e-mail address as its name");
  }

  private static Optional<String> extension(X509Certificate certificate, int number, boolean der)
      throws Refused {
    byte[] value = certificate.getExtensionValue(FULCIO + number);
    if (value == null) {
      return Optional.empty();
    }
    try {
      byte[] octets = ASN1OctetString.getInstance(value).getOctets();
      return Optional.of(
          der
              ? ASN1UTF8String.getInstance(ASN1Primitive.fromByteArray(octets)).getString()
              : new String(octets, StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      throw new Refused(
          BundleReason.IDENTITY, "extension " + FULCIO + number + " cannot be read", e);
    }
  }
}
