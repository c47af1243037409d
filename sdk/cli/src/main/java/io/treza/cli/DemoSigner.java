package io.treza.cli;

import io.treza.attestation.reference.Signer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

/** The demo's CI: an Ed25519 key of the JDK's that is never stored. */
record DemoSigner(KeyPair keys) implements Signer {
  private static final String ED25519 = "Ed25519";

  static DemoSigner create() {
    try {
      return new DemoSigner(KeyPairGenerator.getInstance(ED25519).generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK this runs on has Ed25519", e);
    }
  }

  @Override
  public Algorithm algorithm() {
    return Algorithm.ED25519;
  }

  @Override
  public PublicKey publicKey() {
    return keys.getPublic();
  }

  @Override
  public byte[] sign(byte[] message) throws SignatureException {
    try {
      Signature signature = Signature.getInstance(ED25519);
      signature.initSign(keys.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new SignatureException(e);
    }
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "DemoSigner";
  }
}
