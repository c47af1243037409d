package io.treza.platform.internal.kms;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.PcrValue;
import io.treza.attestation.VerifiedAttestation;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Set;
import java.util.SortedMap;

/**
 * The enclave that an answer is encrypted to, by its verified document.
 *
 * @param pcrs its registers; of an enclave in debug mode they are zero, and a policy decides
 * @param key RSA of 2048, 3072 or 4096 bits
 */
record Recipient(SortedMap<Integer, PcrValue> pcrs, RSAPublicKey key) {
  private static final Set<Integer> KEY_BITS = Set.of(2048, 3072, 4096);

  static Recipient of(byte[] document, AttestationVerifier verifier) throws KmsFault {
    VerifiedAttestation verified;
    try {
      // A document may be used again while it is young: what it gets is its enclave's in any case.
      verified = verifier.verifyOrThrow(
          document,
          Expectation.acceptAnyMeasurement().withoutNonce().acceptDebugMode().build());
    } catch (AttestationRejectedException e) {
      throw KmsFault.validation("the attestation document is refused: " + e.getMessage());
    }
    byte[] publicKey = verified
        .publicKey()
        .orElseThrow(
            () -> KmsFault.validation("the attestation document has no public_key to encrypt to"));
    return new Recipient(verified.pcrs(), rsa(publicKey));
  }

  private static RSAPublicKey rsa(byte[] der) throws KmsFault {
    try {
      if (KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der))
              instanceof RSAPublicKey key
          && KEY_BITS.contains(key.getModulus().bitLength())) {
        return key;
      }
    } catch (GeneralSecurityException e) {
      // As any other key that is none of these.
    }
    throw KmsFault.validation("the attestation document's public_key is no SubjectPublicKeyInfo of"
        + " RSA with 2048, 3072 or 4096 bits");
  }
}
