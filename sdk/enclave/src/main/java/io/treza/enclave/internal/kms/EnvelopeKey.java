package io.treza.enclave.internal.kms;

import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.encodings.OAEPEncoding;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.paddings.PKCS7Padding;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;

/**
 * The private key that opens envelopes, so that whoever sends them learns one bit at most: whether
 * all was well.
 *
 * <p>RSA is blinded and OAEP's check runs in constant time (both Bouncy Castle's). An envelope whose
 * key does not open is decrypted all the same, with a random one, so that neither time nor outcome
 * tells a wrong key from wrong padding (Manger 2001; Vaudenay 2002).
 */
public final class EnvelopeKey {
  private static final int CONTENT_KEY_BYTES = 32;

  private final RSAPrivateCrtKeyParameters key;
  private final SecureRandom random;

  /** Opens with this key. */
  public EnvelopeKey(RSAPrivateCrtKey key, SecureRandom random) {
    this.key = new RSAPrivateCrtKeyParameters(
        key.getModulus(),
        key.getPublicExponent(),
        key.getPrivateExponent(),
        key.getPrimeP(),
        key.getPrimeQ(),
        key.getPrimeExponentP(),
        key.getPrimeExponentQ(),
        key.getCrtCoefficient());
    this.random = random;
  }

  /** The length of the modulus. */
  public int bits() {
    return key.getModulus().bitLength();
  }

  /** The content; nothing if it does not open, and why is told to nobody. */
  public Optional<byte[]> open(Envelope envelope) {
    byte[] contentKey = new byte[CONTENT_KEY_BYTES];
    random.nextBytes(contentKey);
    boolean unwrapped = unwrap(envelope.encryptedKey(), contentKey);
    byte[] padded = decrypt(envelope, contentKey);
    Arrays.fill(contentKey, (byte) 0);
    try {
      // Of the last block alone: the rest is not padding's.
      byte[] last = Arrays.copyOfRange(padded, padded.length - Envelope.BLOCK_BYTES, padded.length);
      int padding = new PKCS7Padding().padCount(last);
      Arrays.fill(last, (byte) 0);
      return unwrapped
          ? Optional.of(Arrays.copyOf(padded, padded.length - padding))
          : Optional.empty();
    } catch (InvalidCipherTextException e) {
      return Optional.empty();
    } finally {
      Arrays.fill(padded, (byte) 0);
    }
  }

  /** Whether {@code into} now holds the content key; otherwise it is as it was. */
  private boolean unwrap(byte[] encryptedKey, byte[] into) {
    OAEPEncoding oaep = new OAEPEncoding(
        new RSABlindedEngine(), new SHA256Digest(), new SHA256Digest(), new byte[0]);
    oaep.init(false, new ParametersWithRandom(key, random));
    if (encryptedKey.length != oaep.getInputBlockSize()) {
      return false;
    }
    try {
      byte[] unwrapped = oaep.processBlock(encryptedKey, 0, encryptedKey.length);
      boolean fits = unwrapped.length == into.length;
      System.arraycopy(unwrapped, 0, into, 0, Math.min(unwrapped.length, into.length));
      Arrays.fill(unwrapped, (byte) 0);
      return fits;
    } catch (InvalidCipherTextException | RuntimeException e) {
      // RuntimeException: a number that is not below the modulus.
      return false;
    }
  }

  private static byte[] decrypt(Envelope envelope, byte[] contentKey) {
    CBCModeCipher cbc = CBCBlockCipher.newInstance(AESEngine.newInstance());
    cbc.init(false, new ParametersWithIV(new KeyParameter(contentKey), envelope.iv()));
    byte[] content = envelope.content();
    byte[] padded = new byte[content.length];
    for (int at = 0; at < content.length; at += Envelope.BLOCK_BYTES) {
      cbc.processBlock(content, at, padded, at);
    }
    return padded;
  }
}
