package io.treza.platform.internal.kms;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A simulated {@code CiphertextBlob}: a mark, the key's id, and AES-256-GCM that is bound to both
 * and to the encryption context, as KMS's own is (AWS KMS Developer Guide, "Encryption context").
 */
final class Blob {
  private static final byte[] MARK = "simulated-kms-1:".getBytes(StandardCharsets.US_ASCII);
  private static final int ID_BYTES = 36;
  private static final int IV_BYTES = 12;
  private static final int HEAD_BYTES = MARK.length + ID_BYTES;
  private static final int TAG_BITS = 128;

  private Blob() {}

  static byte[] seal(
      SimulatedKey key, byte[] plaintext, Map<String, String> context, SecureRandom random)
      throws GeneralSecurityException {
    byte[] head = head(key.id());
    byte[] iv = new byte[IV_BYTES];
    random.nextBytes(iv);
    byte[] encrypted = gcm(Cipher.ENCRYPT_MODE, key, iv, head, context).doFinal(plaintext);
    return ByteBuffer.allocate(HEAD_BYTES + IV_BYTES + encrypted.length)
        .put(head)
        .put(iv)
        .put(encrypted)
        .array();
  }

  /** The id of the key that sealed it, by its own word; nothing if it is no such blob. */
  static Optional<String> keyId(byte[] blob) {
    return blob.length >= HEAD_BYTES + IV_BYTES + TAG_BITS / Byte.SIZE
            && Arrays.equals(MARK, Arrays.copyOf(blob, MARK.length))
        ? Optional.of(new String(blob, MARK.length, ID_BYTES, StandardCharsets.US_ASCII))
        : Optional.empty();
  }

  /** What is in it; nothing if it was changed or sealed with another key or context. */
  static Optional<byte[]> open(SimulatedKey key, byte[] blob, Map<String, String> context)
      throws GeneralSecurityException {
    byte[] iv = Arrays.copyOfRange(blob, HEAD_BYTES, HEAD_BYTES + IV_BYTES);
    Cipher gcm = gcm(Cipher.DECRYPT_MODE, key, iv, head(key.id()), context);
    try {
      int at = HEAD_BYTES + IV_BYTES;
      return Optional.of(gcm.doFinal(blob, at, blob.length - at));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    }
  }

  private static byte[] head(String keyId) {
    return ByteBuffer.allocate(HEAD_BYTES)
        .put(MARK)
        .put(keyId.getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  private static Cipher gcm(
      int mode, SimulatedKey key, byte[] iv, byte[] head, Map<String, String> context)
      throws GeneralSecurityException {
    Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
    gcm.init(mode, new SecretKeySpec(key.secret(), "AES"), new GCMParameterSpec(TAG_BITS, iv));
    gcm.updateAAD(head);
    SortedMap<String, String> sorted = new TreeMap<>(context);
    sorted.forEach((name, value) -> {
      update(gcm, name);
      update(gcm, value);
    });
    return gcm;
  }

  /** With its length before it, so that no two contexts give the same bytes. */
  private static void update(Cipher gcm, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    gcm.updateAAD(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    gcm.updateAAD(bytes);
  }
}
