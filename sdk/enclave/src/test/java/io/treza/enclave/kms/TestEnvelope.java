package io.treza.enclave.kms;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testkit.Der;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * An answer of KMS, byte for byte as two captured ones were laid out, or as wrong as a test needs it;
 * made with the JDK's cryptography, not with what opens it.
 */
final class TestEnvelope {
  static final String ENVELOPED_DATA = "1.2.840.113549.1.7.3";
  static final String DATA = "1.2.840.113549.1.7.1";
  static final String OAEP = "1.2.840.113549.1.1.7";
  static final String SHA_1 = "1.3.14.3.2.26";
  static final String SHA_256 = "2.16.840.1.101.3.4.2.1";
  static final String MGF1 = "1.2.840.113549.1.1.8";
  static final String AES_256_CBC = "2.16.840.1.101.3.4.1.42";
  static final OAEPParameterSpec KMS_OAEP = oaep("SHA-256", MGF1ParameterSpec.SHA256, "");

  private final PublicKey key;
  private final byte[] plaintext;
  String contentType = ENVELOPED_DATA;
  String innerType = DATA;
  int version = 2;
  int recipientVersion = 2;
  int recipients = 1;
  byte[] recipientId = Der.value(0x80, new byte[32]);
  byte[] keyAlgorithm = Der.sequence(Der.oid(OAEP), oaepParameters(SHA_256, SHA_256));
  OAEPParameterSpec encryption = KMS_OAEP;
  String cipher = AES_256_CBC;
  int contentKeyBytes = 32;
  int ivBytes = 16;
  byte[] unpadded = new byte[0];
  byte[] more = new byte[0];
  boolean inPieces = true;
  boolean definite;

  TestEnvelope(byte[] publicKey, byte[] plaintext) throws GeneralSecurityException {
    this.key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(publicKey));
    this.plaintext = plaintext.clone();
  }

  static OAEPParameterSpec oaep(String hash, MGF1ParameterSpec mask, String label) {
    return new OAEPParameterSpec(hash, "MGF1", mask, new PSource.PSpecified(label.getBytes(UTF_8)));
  }

  static byte[] oaepParameters(String hash, String maskHash, byte[]... more) {
    byte[] both = concat(
        Der.tagged(0, Der.sequence(Der.oid(hash), Der.nullValue())),
        Der.tagged(
            1, Der.sequence(Der.oid(MGF1), Der.sequence(Der.oid(maskHash), Der.nullValue()))));
    return Der.sequence(both, concat(more));
  }

  /** A ContentInfo. */
  byte[] build() throws GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    byte[] contentKey = new byte[contentKeyBytes];
    random.nextBytes(contentKey);
    byte[] iv = new byte[16];
    random.nextBytes(iv);
    Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
    rsa.init(Cipher.ENCRYPT_MODE, key, encryption);
    byte[] recipient = Der.sequence(
        Der.integer(recipientVersion),
        recipientId,
        keyAlgorithm,
        Der.octetString(rsa.doFinal(contentKey)));
    byte[][] all = new byte[recipients][];
    Arrays.fill(all, recipient);
    byte[] content = content(contentKey, iv);
    byte[] encrypted =
        inPieces ? indefinite(0xA0, Der.octetString(content)) : Der.value(0x80, content);
    byte[] info = sequence(
        Der.oid(innerType),
        Der.sequence(Der.oid(cipher), Der.octetString(Arrays.copyOf(iv, ivBytes))),
        encrypted);
    byte[] data = sequence(Der.integer(version), Der.value(0x31, all), info, more);
    return sequence(Der.oid(contentType), definite ? Der.tagged(0, data) : indefinite(0xA0, data));
  }

  private byte[] content(byte[] contentKey, byte[] iv) throws GeneralSecurityException {
    boolean raw = unpadded.length > 0;
    Cipher aes = Cipher.getInstance(raw ? "AES/CBC/NoPadding" : "AES/CBC/PKCS5Padding");
    aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(contentKey, "AES"), new IvParameterSpec(iv));
    return aes.doFinal(raw ? unpadded : plaintext);
  }

  private byte[] sequence(byte[]... items) {
    return definite ? Der.sequence(items) : indefinite(0x30, items);
  }

  /** X.690, 8.1.3.6: until two octets of zero. */
  private static byte[] indefinite(int identifier, byte[]... items) {
    return concat(new byte[] {(byte) identifier, (byte) 0x80}, concat(items), new byte[2]);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
