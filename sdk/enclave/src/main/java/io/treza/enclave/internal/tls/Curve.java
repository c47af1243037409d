package io.treza.enclave.internal.tls;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;

/** The kinds of TLS keys there are, and what they sign certificates with. */
public enum Curve {
  P256("secp256r1", "SHA256withECDSA"),
  P384("secp384r1", "SHA384withECDSA");

  private static final int P256_BITS = 256;

  private final String standardName;
  private final String signature;

  Curve(String standardName, String signature) {
    this.standardName = standardName;
    this.signature = signature;
  }

  /** A new key, which is in memory only. */
  public KeyPair generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(standardName));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "this Java runtime makes no keys on " + standardName
              + "; a runtime image before Java 22 needs the module jdk.crypto.ec",
          e);
    }
  }

  static String signatureBy(KeyPair keys) {
    ECPublicKey key = (ECPublicKey) keys.getPublic();
    boolean small = key.getParams().getCurve().getField().getFieldSize() == P256_BITS;
    return (small ? P256 : P384).signature;
  }
}
