package io.treza.attestation.internal.crypto;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;

/**
 * ECDSA with SHA-384 over P-384, by one given provider instance.
 *
 * <p>r and s are checked here to lie in [1, n-1], whatever the provider does: some JDKs accepted
 * zeros (CVE-2022-21449).
 */
public final class EcdsaP384 {
  /** Bytes of r or s in a raw signature. */
  public static final int COORDINATE_BYTES = 48;

  private static final BigInteger ORDER = new BigInteger(
      "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
          + "581a0db248b0a77aecec196accc52973",
      16);

  private final Provider provider;

  /**
   * Uses {@code provider} and no other.
   *
   * @throws IllegalArgumentException if it has no EC keys or no SHA384withECDSA
   */
  public EcdsaP384(Provider provider) {
    try {
      KeyFactory.getInstance("EC", provider);
      Signature.getInstance("SHA384withECDSA", provider);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "provider " + provider.getName() + " cannot check ECDSA with SHA-384", e);
    }
    this.provider = provider;
  }

  /** Name of the provider. */
  public String providerName() {
    return provider.getName();
  }

  /** Whether {@code value}, r or s of a signature, lies in [1, n-1]. */
  public static boolean inRange(BigInteger value) {
    return value.signum() > 0 && value.compareTo(ORDER) < 0;
  }

  /**
   * Reads a public key.
   *
   * @param publicKeyInfo DER of a SubjectPublicKeyInfo
   * @throws InvalidKeyException if the point is not on the curve
   */
  public PublicKey publicKey(byte[] publicKeyInfo) throws InvalidKeyException {
    try {
      return KeyFactory.getInstance("EC", provider)
          .generatePublic(new X509EncodedKeySpec(publicKeyInfo));
    } catch (InvalidKeySpecException | RuntimeException e) {
      throw new InvalidKeyException("no public key on P-384", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " has no EC keys", e);
    }
  }

  /** Whether (r, s) is {@code key}'s signature over {@code message}. */
  public boolean verifies(PublicKey key, byte[] message, BigInteger r, BigInteger s)
      throws InvalidKeyException {
    if (!inRange(r) || !inRange(s)) {
      return false;
    }
    Signature signature;
    try {
      signature = Signature.getInstance("SHA384withECDSA", provider);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " has no SHA384withECDSA", e);
    }
    signature.initVerify(key);
    try {
      signature.update(message);
      return signature.verify(der(r, s));
    } catch (SignatureException e) {
      return false;
    }
  }

  /** ECDSA-Sig-Value (RFC 3279 section 2.2.3): at most 104 bytes, so all lengths are one byte. */
  private static byte[] der(BigInteger r, BigInteger s) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(104);
    byte[] first = r.toByteArray();
    byte[] second = s.toByteArray();
    out.write(0x30);
    out.write(4 + first.length + second.length);
    for (byte[] integer : new byte[][] {first, second}) {
      out.write(0x02);
      out.write(integer.length);
      out.writeBytes(integer);
    }
    return out.toByteArray();
  }
}
