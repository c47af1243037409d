package io.treza.platform.internal.kms;

import io.treza.testkit.Der;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * Writes {@code CiphertextForRecipient} as KMS does: CMS EnvelopedData (RFC 5652, 6.1) in BER with
 * indefinite lengths, laid out byte for byte as answers that were captured from it.
 */
final class RecipientEnvelope {
  private static final byte[] ENVELOPED_DATA = Der.oid("1.2.840.113549.1.7.3");
  private static final byte[] DATA = Der.oid("1.2.840.113549.1.7.1");
  private static final byte[] AES_256_CBC = Der.oid("2.16.840.1.101.3.4.1.42");
  private static final byte[] SHA_256 =
      Der.sequence(Der.oid("2.16.840.1.101.3.4.2.1"), Der.nullValue());
  private static final byte[] OAEP_SHA_256 = Der.sequence(
      Der.oid("1.2.840.113549.1.1.7"),
      Der.sequence(
          Der.tagged(0, SHA_256),
          Der.tagged(1, Der.sequence(Der.oid("1.2.840.113549.1.1.8"), SHA_256))));

  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT_0 = 0x80;
  private static final int CONTEXT_0_CONSTRUCTED = 0xA0;

  /** The two ways in which KMS has been seen to write the encrypted content. */
  enum Content {
    /** One octet string. */
    WHOLE,
    /** A string of octet strings. */
    IN_PIECES
  }

  private RecipientEnvelope() {}

  static byte[] of(byte[] plaintext, RSAPublicKey key, Content form, SecureRandom random) {
    byte[] contentKey = new byte[32];
    random.nextBytes(contentKey);
    byte[] iv = new byte[16];
    random.nextBytes(iv);
    try {
      Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
      rsa.init(
          Cipher.ENCRYPT_MODE,
          key,
          new OAEPParameterSpec(
              "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT),
          random);
      Cipher aes = Cipher.getInstance("AES/CBC/PKCS5Padding");
      aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(contentKey, "AES"), new IvParameterSpec(iv));
      // What KMS identifies a key by, it does not say; this is as long.
      byte[] keyId = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      return contentInfo(keyId, rsa.doFinal(contentKey), iv, aes.doFinal(plaintext), form);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has RSA, AES and SHA-256", e);
    }
  }

  private static byte[] contentInfo(
      byte[] keyId, byte[] encryptedKey, byte[] iv, byte[] encrypted, Content form) {
    byte[] recipient = Der.sequence(
        Der.integer(2), Der.value(CONTEXT_0, keyId), OAEP_SHA_256, Der.octetString(encryptedKey));
    byte[] content = form == Content.WHOLE
        ? Der.value(CONTEXT_0, encrypted)
        : indefinite(CONTEXT_0_CONSTRUCTED, Der.octetString(encrypted));
    byte[] info =
        indefinite(SEQUENCE, DATA, Der.sequence(AES_256_CBC, Der.octetString(iv)), content);
    byte[] data = indefinite(SEQUENCE, Der.integer(2), Der.value(SET, recipient), info);
    return indefinite(SEQUENCE, ENVELOPED_DATA, indefinite(CONTEXT_0_CONSTRUCTED, data));
  }

  /** X.690, 8.1.3.6: the end is marked by two octets of zero. */
  private static byte[] indefinite(int identifier, byte[]... contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(identifier);
    out.write(0x80);
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    out.writeBytes(new byte[2]);
    return out.toByteArray();
  }
}
