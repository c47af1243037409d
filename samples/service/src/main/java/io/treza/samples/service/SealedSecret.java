package io.treza.samples.service;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts a secret to the X25519 key of one attestation document: ephemeral Diffie-Hellman (RFC
 * 7748), HKDF-SHA256 (RFC 5869), AES-256-GCM. What is sealed is the ephemeral key as a
 * SubjectPublicKeyInfo, 44 bytes, and then the ciphertext with its tag of 16.
 *
 * <p>Both keys and the context, which has the challenge, go into the derivation, so that what was
 * sealed for one document opens for no other.
 */
final class SealedSecret {
  private static final String LABEL = "treza sample: sealed secret 1";
  private static final int KEY_INFO_BYTES = 44;
  private static final int TAG_BITS = 128;

  private SealedSecret() {}

  /** A key for one document. */
  static KeyPair newKey() {
    try {
      return KeyPairGenerator.getInstance("X25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no X25519", e);
    }
  }

  /**
   * Seals.
   *
   * @param recipient SubjectPublicKeyInfo of the X25519 key
   * @throws GeneralSecurityException if it is no such key, or a weak one
   */
  static byte[] seal(byte[] recipient, byte[] context, byte[] secret)
      throws GeneralSecurityException {
    KeyPair ephemeral = newKey();
    byte[] own = ephemeral.getPublic().getEncoded();
    byte[] shared = agree(ephemeral.getPrivate(), recipient);
    byte[] sealed =
        crypt(Cipher.ENCRYPT_MODE, derive(shared, own, recipient, context), secret);
    return concat(own, sealed);
  }

  /**
   * Opens.
   *
   * @throws GeneralSecurityException if it was sealed for another key or context, or damaged
   */
  static byte[] open(KeyPair recipient, byte[] context, byte[] sealed)
      throws GeneralSecurityException {
    if (sealed.length < KEY_INFO_BYTES + TAG_BITS / Byte.SIZE) {
      throw new GeneralSecurityException(sealed.length + " bytes are no sealed secret");
    }
    byte[] ephemeral = Arrays.copyOf(sealed, KEY_INFO_BYTES);
    byte[] shared = agree(recipient.getPrivate(), ephemeral);
    byte[] key = derive(shared, ephemeral, recipient.getPublic().getEncoded(), context);
    return crypt(
        Cipher.DECRYPT_MODE, key, Arrays.copyOfRange(sealed, KEY_INFO_BYTES, sealed.length));
  }

  /** The JDK refuses the points of small order, with which the result would be no secret. */
  private static byte[] agree(PrivateKey own, byte[] peer) throws GeneralSecurityException {
    PublicKey key = KeyFactory.getInstance("X25519").generatePublic(new X509EncodedKeySpec(peer));
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(own);
    agreement.doPhase(key, true);
    return agreement.generateSecret();
  }

  /** HKDF without salt; one block is the whole key. */
  private static byte[] derive(byte[] shared, byte[] ephemeral, byte[] recipient, byte[] context)
      throws GeneralSecurityException {
    byte[] extracted = hmac(new byte[32], shared);
    byte[] info =
        concat(LABEL.getBytes(StandardCharsets.US_ASCII), ephemeral, recipient, context);
    return hmac(extracted, concat(info, new byte[] {1}));
  }

  /** A key serves once, so that its initialization vector may be constant. */
  private static byte[] crypt(int mode, byte[] key, byte[] data) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, new byte[12]));
    return cipher.doFinal(data);
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(data);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
