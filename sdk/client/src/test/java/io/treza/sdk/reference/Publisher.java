package io.treza.sdk.reference;

import io.treza.attestation.Measurements;
import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.Signer;
import io.treza.attestation.reference.TrustedKeys;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.time.Instant;
import java.util.List;

/** Somebody with a key who publishes reference values of the application "app". */
public final class Publisher implements Signer {
  private final KeyPair keys;

  /** Makes a key. */
  public Publisher() {
    try {
      keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A signed file that never expires, whose one release has PCR0 of this digit. */
  public byte[] publish(long sequence, char digit) {
    return publish(sequence, digit, ReferenceValues.NEVER);
  }

  public byte[] publish(long sequence, char digit, Instant expires) {
    Measurements measurements = Measurements.builder()
        .release("release " + digit)
        .pcr(0, String.valueOf(digit).repeat(96))
        .pcr(1, "2".repeat(96))
        .pcr(2, "3".repeat(96))
        .build();
    try {
      return ReferenceValues.builder("app")
          .sequence(sequence)
          .expiresAt(expires)
          .release(Release.builder(measurements)
              .image(new Release.Image("registry.example/app", "sha256:" + "ab".repeat(32)))
              .build())
          .build()
          .sign(this);
    } catch (SignatureException e) {
      throw new IllegalStateException(e);
    }
  }

  public ReferenceValuesVerifier verifier() {
    return ReferenceValuesVerifier.builder(TrustedKeys.of(List.of(publicKey())), "app")
        .build();
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
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(keys.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new SignatureException(e);
    }
  }
}
