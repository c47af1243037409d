package io.treza.platform.internal.kms;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The kinds of keys and data key pairs that the simulator makes, by KMS's names. */
enum KeySpec {
  SYMMETRIC_DEFAULT("", 0, "ENCRYPT_DECRYPT"),
  RSA_2048("", 2048, ""),
  RSA_3072("", 3072, ""),
  RSA_4096("", 4096, ""),
  ECC_NIST_P256("secp256r1", 0, "KEY_AGREEMENT"),
  ECC_NIST_P384("secp384r1", 0, "KEY_AGREEMENT"),
  ECC_NIST_P521("secp521r1", 0, "KEY_AGREEMENT");

  private final String curve;
  private final int rsaBits;
  private final String usage;

  KeySpec(String curve, int rsaBits, String usage) {
    this.curve = curve;
    this.rsaBits = rsaBits;
    this.usage = usage;
  }

  static KeySpec ofKey(String name) throws KmsFault {
    return of(
        name, Arrays.stream(values()).filter(spec -> !spec.usage.isEmpty()).toList());
  }

  static KeySpec ofPair(String name) throws KmsFault {
    return of(
        name, Arrays.stream(values()).filter(spec -> spec != SYMMETRIC_DEFAULT).toList());
  }

  private static KeySpec of(String name, List<KeySpec> choice) throws KmsFault {
    Optional<KeySpec> spec = choice.stream().filter(s -> s.name().equals(name)).findFirst();
    return spec.orElseThrow(
        () -> KmsFault.validation("\"" + name + "\" is none of those simulated: " + choice));
  }

  /** {@code KeyUsage} of a KMS key. */
  String usage() {
    return usage;
  }

  boolean symmetric() {
    return this == SYMMETRIC_DEFAULT;
  }

  KeyPair pair(SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(rsaBits > 0 ? "RSA" : "EC");
    if (rsaBits > 0) {
      generator.initialize(rsaBits, random);
    } else {
      generator.initialize(new ECGenParameterSpec(curve), random);
    }
    return generator.generateKeyPair();
  }
}
