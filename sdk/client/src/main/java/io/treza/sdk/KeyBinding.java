package io.treza.sdk;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where, and in which bytes, evidence has the TLS key of the enclave it is about.
 *
 * <p>A key is meant by its SubjectPublicKeyInfo (SPKI; RFC 5280, section 4.1.2.7) in DER. Prefer a
 * hash of it in {@code user_data}: it survives a new certificate for the same key, and leaves {@code
 * public_key} to those who encrypt to the enclave.
 */
public enum KeyBinding {
  /** {@code user_data} is SHA-256 of the SPKI: 32 bytes. */
  SPKI_SHA256,
  /** {@code user_data} is SHA-384 of the SPKI: 48 bytes. */
  SPKI_SHA384,
  /** {@code user_data} is the SPKI itself, as Evervault's enclaves have it. */
  SPKI,
  /** {@code public_key} is the SPKI itself. */
  PUBLIC_KEY,
  /**
   * {@code user_data} is 68 bytes, as nitriding writes them: SHA-256 of the whole certificate in
   * DER, then SHA-256 of an application's key or zeroes, each as a multihash ({@code 12 20} and 32
   * bytes). Any application's key is accepted. Binds the certificate, so that a renewed one needs
   * new evidence.
   */
  NITRIDING;

  private static final byte[] SHA256_MULTIHASH = {0x12, 0x20};
  private static final int MULTIHASH_BYTES = 34;

  /**
   * What the binding stands for: two connections with the same bytes here are bound by the same
   * evidence.
   *
   * @param certificate the peer's own, first in its chain
   * @return the SPKI, or the certificate for {@link #NITRIDING}; DER
   */
  public byte[] subject(X509Certificate certificate) {
    if (this != NITRIDING) {
      return certificate.getPublicKey().getEncoded();
    }
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  /**
   * Demands that a document binds the key of this certificate; replaces what was demanded of the
   * same field before.
   *
   * @param certificate the peer's own, first in its chain
   * @param document the one that will be verified; only looked at, never believed
   * @return the same builder
   * @throws IllegalArgumentException if the key is longer than the 1024 bytes that fit into a
   *     document
   */
  public Expectation.Builder demand(
      Expectation.Builder expectation, X509Certificate certificate, byte[] document) {
    byte[] subject = subject(certificate);
    return switch (this) {
      case SPKI_SHA256 -> expectation.userData(digest("SHA-256", subject));
      case SPKI_SHA384 -> expectation.userData(digest("SHA-384", subject));
      case SPKI -> expectation.userData(subject);
      case PUBLIC_KEY -> expectation.publicKey(subject);
      case NITRIDING -> expectation.userData(nitriding(digest("SHA-256", subject), document));
    };
  }

  /** The second hash is the application's business: whatever is there will do, if it is a hash. */
  private static byte[] nitriding(byte[] certificateHash, byte[] document) {
    ByteArrayOutputStream expected = new ByteArrayOutputStream(2 * MULTIHASH_BYTES);
    expected.writeBytes(SHA256_MULTIHASH);
    expected.writeBytes(certificateHash);
    expected.writeBytes(SHA256_MULTIHASH);
    expected.writeBytes(userData(document)
        .filter(found -> found.length == 2 * MULTIHASH_BYTES)
        .map(found -> Arrays.copyOfRange(
            found, MULTIHASH_BYTES + SHA256_MULTIHASH.length, 2 * MULTIHASH_BYTES))
        .orElse(new byte[MULTIHASH_BYTES - SHA256_MULTIHASH.length]));
    return expected.toByteArray();
  }

  private static Optional<byte[]> userData(byte[] document) {
    try {
      return AttestationDocument.parse(document).userData();
    } catch (AttestationRejectedException e) {
      // The verifier will say the same, and why.
      return Optional.empty();
    }
  }

  private static byte[] digest(String algorithm, byte[] data) {
    try {
      return MessageDigest.getInstance(algorithm).digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no " + algorithm, e);
    }
  }
}
