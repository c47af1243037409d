package io.treza.testkit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-384, the one hash of Nitro attestation. */
final class Digests {
  private Digests() {}

  /** The hash of the given bytes one after another. */
  static byte[] sha384(byte[]... pieces) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-384");
      for (byte[] piece : pieces) {
        digest.update(piece);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-384", e);
    }
  }
}
