package io.treza.attestation.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

/** The range of r and s is judged here, and a key is a point on the curve or nothing. */
class EcdsaP384Test {
  /** The order of the group (SEC 2, section 2.5.1). */
  private static final BigInteger ORDER = BigInteger.TWO
      .pow(384)
      .subtract(new BigInteger("389cb27e0bc8d220a7e5f24db74f58851313e695333ad68d", 16));

  @Test
  void rangeIsFromOneToOneLessThanTheOrder() {
    assertFalse(EcdsaP384.inRange(BigInteger.ONE.negate()));
    assertFalse(EcdsaP384.inRange(BigInteger.ZERO));
    assertTrue(EcdsaP384.inRange(BigInteger.ONE));
    assertTrue(EcdsaP384.inRange(ORDER.subtract(BigInteger.ONE)));
    assertFalse(EcdsaP384.inRange(ORDER));
  }

  @Test
  void refusesWhatIsNoKey() {
    EcdsaP384 ecdsa = new EcdsaP384(new BouncyCastleProvider());
    assertEquals("BC", ecdsa.providerName());
    assertThrows(InvalidKeyException.class, () -> ecdsa.publicKey(new byte[0]));
    assertThrows(InvalidKeyException.class, () -> ecdsa.publicKey(new byte[120]));
  }
}
