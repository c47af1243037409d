package io.treza.eif;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** What the first signature of an EIF is worth; further ones count for nothing. */
public sealed interface SignatureCheck {
  /**
   * The certificate's key signed this image's PCR0. Whether to trust the certificate, and whether
   * it is still valid, is the reader's decision: nothing but PCR8 names it.
   *
   * @param signer the certificate
   * @param furtherCertificates certificates in the PEM after the first, which AWS ignores
   * @param furtherSignatures signatures after the first, which AWS ignores
   */
  record Valid(X509Certificate signer, int furtherCertificates, int furtherSignatures)
      implements SignatureCheck {}

  /**
   * The certificate's key signed another image's PCR0, or this one's could not be measured.
   *
   * @param signer the certificate
   * @param signedPcr0 the register that was signed, in hex
   */
  record OtherImage(X509Certificate signer, String signedPcr0) implements SignatureCheck {}

  /** The signature is not one by the certificate's key. */
  record Invalid(X509Certificate signer, String reason) implements SignatureCheck {}

  /** The section cannot be read. */
  record Malformed(String reason) implements SignatureCheck {}

  /** The certificate, if one could be read. It only says who claims to have signed. */
  default Optional<X509Certificate> certificate() {
    if (this instanceof Valid valid) {
      return Optional.of(valid.signer);
    } else if (this instanceof OtherImage other) {
      return Optional.of(other.signer);
    } else if (this instanceof Invalid invalid) {
      return Optional.of(invalid.signer);
    }
    return Optional.empty();
  }
}
