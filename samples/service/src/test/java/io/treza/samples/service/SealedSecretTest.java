package io.treza.samples.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is sealed opens with its key, in its context, whole, and not otherwise. */
class SealedSecretTest {
  private static final byte[] SECRET = {1, 2, 3};
  private static final byte[] CONTEXT = {4, 5};

  private final KeyPair recipient = SealedSecret.newKey();

  private byte[] sealed() throws GeneralSecurityException {
    return SealedSecret.seal(recipient.getPublic().getEncoded(), CONTEXT, SECRET);
  }

  @Test
  void opensWithItsKeyAndContext() throws Exception {
    assertArrayEquals(SECRET, SealedSecret.open(recipient, CONTEXT, sealed()));
  }

  @Test
  void opensNeitherWithAnotherKeyNorInAnotherContext() throws Exception {
    byte[] sealed = sealed();
    assertThrows(
        GeneralSecurityException.class,
        () -> SealedSecret.open(SealedSecret.newKey(), CONTEXT, sealed));
    assertThrows(
        GeneralSecurityException.class,
        () -> SealedSecret.open(recipient, new byte[] {4, 6}, sealed));
  }

  @Test
  void opensWithNoBitChangedAndNoByteMissing() throws Exception {
    byte[] sealed = sealed();
    for (int bit = 0; bit < sealed.length * Byte.SIZE; bit++) {
      // Also the key's top bit, which RFC 7748, section 5, ignores, but the derivation does not.
      byte[] changed = sealed.clone();
      changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertThrows(
          GeneralSecurityException.class,
          () -> SealedSecret.open(recipient, CONTEXT, changed),
          "bit " + bit);
    }
    for (int length = 0; length < sealed.length; length++) {
      byte[] cut = Arrays.copyOf(sealed, length);
      assertThrows(
          GeneralSecurityException.class, () -> SealedSecret.open(recipient, CONTEXT, cut));
    }
  }

  @Test
  void isSealedDifferentlyEachTime() throws Exception {
    assertFalse(Arrays.equals(sealed(), sealed()));
    assertEquals(44 + SECRET.length + 16, sealed().length);
  }

  /** With such a key the shared secret would be zero, whoever seals. */
  @Test
  void isSealedToNoPointOfSmallOrder() {
    byte[] key = recipient.getPublic().getEncoded();
    Arrays.fill(key, key.length - 32, key.length, (byte) 0);
    assertThrows(GeneralSecurityException.class, () -> SealedSecret.seal(key, CONTEXT, SECRET));
  }
}
