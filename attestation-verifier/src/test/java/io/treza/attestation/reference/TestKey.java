package io.treza.attestation.reference;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** A key pair of the JDK's as a signer. */
public record TestKey(Algorithm algorithm, KeyPair pair) implements Signer {
  /** A new key of the kind that {@code algorithm} takes. */
  public static TestKey create(Algorithm algorithm) {
    try {
      if (algorithm == Algorithm.ED25519) {
        return new TestKey(algorithm, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
      }
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(
          switch (algorithm) {
            case ES256 -> "secp256r1";
            case ES384 -> "secp384r1";
            default -> "secp521r1";
          }));
      return new TestKey(algorithm, generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public PublicKey publicKey() {
    return pair.getPublic();
  }

  @Override
  public byte[] sign(byte[] message) throws SignatureException {
    String name = algorithm == Algorithm.ED25519
        ? "Ed25519"
        : "SHA" + (algorithm == Algorithm.ES512 ? "512" : algorithm.name().substring(2))
            + "withECDSAinP1363Format";
    try {
      Signature signature = Signature.getInstance(name);
      signature.initSign(pair.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new SignatureException(e);
    }
  }

  String publicPem() {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(publicKey().getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }
}
