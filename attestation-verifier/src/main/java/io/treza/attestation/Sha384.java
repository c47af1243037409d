package io.treza.attestation;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-384 and the PCR formulas that need no image (AWS user guide, "Where to get PCRs"). */
final class Sha384 {
  private Sha384() {}

  static byte[] hash(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-384");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-384", e);
    }
  }

  /** A register that was zero and has been extended once with {@code data}. */
  static PcrValue extended(byte[] data) {
    return PcrValue.of(hash(new byte[PcrValue.SHA384_BYTES], data));
  }
}
