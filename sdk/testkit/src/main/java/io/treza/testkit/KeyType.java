package io.treza.testkit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** The kinds of key a test certificate may hold. */
public enum KeyType {
  /** The curve of every Nitro certificate, secp384r1. */
  P384,
  /** A shorter curve, secp256r1. */
  P256,
  /** A longer curve, secp521r1. */
  P521,
  /** RSA with a 2048-bit modulus. */
  RSA_2048;

  /** A new key pair from the given randomness. */
  public KeyPair generate(SecureRandom random) {
    try {
      return switch (this) {
        case P384 -> generate("secp384r1", random);
        case P256 -> generate("secp256r1", random);
        case P521 -> generate("secp521r1", random);
        case RSA_2048 -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4), random);
          yield generator.generateKeyPair();
        }
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot make a " + this + " key", e);
    }
  }

  private static KeyPair generate(String curve, SecureRandom random)
      throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve), random);
    return generator.generateKeyPair();
  }
}
