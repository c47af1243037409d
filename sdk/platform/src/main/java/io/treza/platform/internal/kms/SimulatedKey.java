package io.treza.platform.internal.kms;

import java.time.Instant;

/**
 * A key of the simulator, with its secret.
 *
 * @param id a UUID
 * @param spec what it can do
 * @param secret 32 bytes of AES, or a PKCS #8 private key
 * @param publicKey a SubjectPublicKeyInfo in DER; empty for a symmetric key
 */
record SimulatedKey(
    String id, KeySpec spec, byte[] secret, byte[] publicKey, Instant created, KeyPolicy policy) {
  SimulatedKey withPolicy(KeyPolicy other) {
    return new SimulatedKey(id, spec, secret, publicKey, created, other);
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "SimulatedKey[" + id + ", " + spec + "]";
  }
}
