package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SignaturesTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final KeyPair KEYS = KeyType.P384.generate(RANDOM);
  private static final byte[] MESSAGE = {1, 2, 3};

  private static byte[] signature() {
    return SignatureAlgorithm.sign(
        "SHA384withECDSAinP1363Format", KEYS.getPrivate(), RANDOM, MESSAGE);
  }

  private static boolean valid(String algorithm, byte[] signature) throws Exception {
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(KEYS.getPublic());
    verifier.update(MESSAGE);
    return verifier.verify(signature);
  }

  private static BigInteger s(byte[] signature) {
    return new BigInteger(1, Arrays.copyOfRange(signature, 48, 96));
  }

  @RepeatedTest(8)
  void bothTwinsAreValidAndOnTheirSideOfHalfTheOrder() throws Exception {
    BigInteger half = ((ECPublicKey) KEYS.getPublic()).getParams().getOrder().shiftRight(1);
    byte[] signature = signature();
    byte[] high = Signatures.highS(signature);
    byte[] low = Signatures.lowS(signature);
    assertTrue(s(high).compareTo(half) > 0);
    assertTrue(s(low).compareTo(half) <= 0);
    assertTrue(valid("SHA384withECDSAinP1363Format", high));
    assertTrue(valid("SHA384withECDSAinP1363Format", low));
    assertArrayEquals(low, Signatures.lowS(high));
  }

  @Test
  void aSmallSIsPaddedToItsWidth() {
    byte[] signature = new byte[96];
    signature[95] = 1;
    assertArrayEquals(signature, Signatures.lowS(signature));
    assertEquals(96, Signatures.highS(signature).length);
    assertNotEquals(s(signature), s(Signatures.highS(signature)));
  }

  @Test
  void theDerFormIsValidWhereDerIsWanted() throws Exception {
    assertTrue(valid("SHA384withECDSA", Signatures.der(signature())));
  }

  @Test
  void theCorruptedFormIsNotValid() throws Exception {
    assertFalse(valid("SHA384withECDSAinP1363Format", Signatures.corrupted(signature())));
  }
}
