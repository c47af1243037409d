package io.treza.samples.enclavekms;

import io.treza.aws.kms.AttestedKms;
import io.treza.aws.kms.AttestedKmsException;
import io.treza.aws.kms.DataKey;
import io.treza.aws.kms.KeyArn;
import io.treza.aws.kms.KmsKey;
import io.treza.aws.kms.ParentCredentials;
import io.treza.aws.kms.Secret;
import io.treza.enclave.Nsm;
import io.treza.enclave.kms.KmsRecipient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A tenant's orders, which the parent stores and only enclaves of the key's releases read. */
public final class Orders {
  private static final int TAG_BITS = 128;
  private static final int IV_BYTES = 12;

  private final AttestedKms kms;
  private final KmsKey key;

  /** Orders of a tenant, under a key of KMS. */
  public Orders(AttestedKms kms, KeyArn key, String tenant) {
    this.kms = kms;
    this.key = key.withEncryptionContext(Map.of("purpose", "orders", "tenant", tenant));
  }

  /**
   * KMS in Frankfurt, for this enclave.
   *
   * @param nsm by which the workload has registered
   * @param lent what the parent pushed last
   */
  public static AttestedKms kms(Nsm nsm, Supplier<ParentCredentials> lent) {
    return AttestedKms.builder(KmsRecipient.create(nsm), "eu-central-1", lent).build();
  }

  /** An order as it is given to the parent; nothing in it is secret. */
  public static final class Sealed {
    private static final String SEPARATOR = ".";

    private final byte[] wrappedKey;
    private final byte[] iv;
    private final byte[] content;

    Sealed(byte[] wrappedKey, byte[] iv, byte[] content) {
      this.wrappedKey = wrappedKey.clone();
      this.iv = iv.clone();
      this.content = content.clone();
    }

    /** Reads what {@link #text} wrote. */
    public static Sealed parse(String text) {
      String[] parts = text.split("\\.", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException("a sealed order has three parts, not " + parts.length);
      }
      Base64.Decoder decoder = Base64.getDecoder();
      return new Sealed(
          decoder.decode(parts[0]), decoder.decode(parts[1]), decoder.decode(parts[2]));
    }

    /** For whoever stores it. */
    public String text() {
      Base64.Encoder encoder = Base64.getEncoder();
      return String.join(
          SEPARATOR,
          encoder.encodeToString(wrappedKey),
          encoder.encodeToString(iv),
          encoder.encodeToString(content));
    }

    /** With another order's key, as a storage that is not trusted could give it. */
    Sealed withKeyOf(Sealed other) {
      return new Sealed(other.wrappedKey, iv, content);
    }
  }

  /** Encrypts an order with a new data key. */
  public Sealed seal(String order) throws AttestedKmsException, GeneralSecurityException {
    try (DataKey made = kms.generateDataKey(key)) {
      byte[] iv = new byte[IV_BYTES];
      new SecureRandom().nextBytes(iv);
      byte[] plaintext = order.getBytes(StandardCharsets.UTF_8);
      SecretKeySpec aes = made.plaintext().toKey("AES");
      return new Sealed(made.wrapped(), iv, gcm(Cipher.ENCRYPT_MODE, aes, iv).doFinal(plaintext));
    }
  }

  /** Decrypts an order; fails if it was changed or is another tenant's. */
  public String open(Sealed order) throws AttestedKmsException, GeneralSecurityException {
    try (Secret dataKey = kms.decrypt(key, order.wrappedKey)) {
      Cipher gcm = gcm(Cipher.DECRYPT_MODE, dataKey.toKey("AES"), order.iv);
      byte[] plaintext = gcm.doFinal(order.content);
      try {
        return new String(plaintext, StandardCharsets.UTF_8);
      } finally {
        Arrays.fill(plaintext, (byte) 0);
      }
    }
  }

  private static Cipher gcm(int mode, SecretKeySpec aes, byte[] iv)
      throws GeneralSecurityException {
    Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
    gcm.init(mode, aes, new GCMParameterSpec(TAG_BITS, iv));
    return gcm;
  }
}
