package io.treza.testkit;

import java.math.BigInteger;
import java.util.Arrays;

/** The same P-384 signature in the forms a verifier must accept or refuse. */
public final class Signatures {
  /** The order of the P-384 group (SEC 2, section 2.5.1). */
  private static final BigInteger ORDER = new BigInteger(
      "ffffffffffffffffffffffffffffffffffffffffffffffff"
          + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
      16);

  private static final int SIZE = 48;

  private Signatures() {}

  /** The twin whose s is above half the order: valid, and real modules make it half of the time. */
  public static byte[] highS(byte[] rawSignature) {
    return withS(rawSignature, lowest(rawSignature).subtract(ORDER).negate());
  }

  /** The twin whose s is at most half the order. */
  public static byte[] lowS(byte[] rawSignature) {
    return withS(rawSignature, lowest(rawSignature));
  }

  /** The signature as an ECDSA-Sig-Value (RFC 3279, 2.2.3): right in X.509, wrong in COSE. */
  public static byte[] der(byte[] rawSignature) {
    return Der.sequence(Der.integer(r(rawSignature)), Der.integer(s(rawSignature)));
  }

  /** The bytes with the lowest bit of the last one flipped. */
  public static byte[] corrupted(byte[] anySignature) {
    byte[] changed = anySignature.clone();
    changed[changed.length - 1] ^= 1;
    return changed;
  }

  private static BigInteger lowest(byte[] rawSignature) {
    BigInteger s = s(rawSignature);
    return s.min(ORDER.subtract(s));
  }

  private static BigInteger r(byte[] rawSignature) {
    return new BigInteger(1, Arrays.copyOf(rawSignature, SIZE));
  }

  private static BigInteger s(byte[] rawSignature) {
    return new BigInteger(1, Arrays.copyOfRange(rawSignature, SIZE, 2 * SIZE));
  }

  private static byte[] withS(byte[] rawSignature, BigInteger s) {
    return Cbor.concat(Arrays.copyOf(rawSignature, SIZE), Der.unsigned(s, SIZE));
  }
}
