package io.treza.testkit;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;

/** The algorithms a test certificate may be signed with. */
public enum SignatureAlgorithm {
  /** What every Nitro certificate is signed with. */
  ECDSA_SHA384("SHA384withECDSA", "1.2.840.10045.4.3.3"),
  /** ECDSA over a shorter hash. */
  ECDSA_SHA256("SHA256withECDSA", "1.2.840.10045.4.3.2"),
  /** RSA, PKCS #1 v1.5. */
  RSA_SHA384("SHA384withRSA", "1.2.840.113549.1.1.12");

  private final String jcaName;
  private final String oid;

  SignatureAlgorithm(String jcaName, String oid) {
    this.jcaName = jcaName;
    this.oid = oid;
  }

  /** The AlgorithmIdentifier (RFC 5280, 4.1.1.2), DER; RSA's has NULL parameters (RFC 4055, 5). */
  public byte[] identifier() {
    return this == RSA_SHA384
        ? Der.sequence(Der.oid(oid), Der.nullValue())
        : Der.sequence(Der.oid(oid));
  }

  byte[] sign(PrivateKey key, SecureRandom random, byte[] message) {
    return sign(jcaName, key, random, message);
  }

  static byte[] sign(String jcaName, PrivateKey key, SecureRandom random, byte[] message) {
    try {
      Signature signature = Signature.getInstance(jcaName);
      signature.initSign(key, random);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "cannot sign with " + jcaName + " and a key for " + key.getAlgorithm(), e);
    }
  }
}
