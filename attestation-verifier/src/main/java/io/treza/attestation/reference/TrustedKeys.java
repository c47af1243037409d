package io.treza.attestation.reference;

import io.treza.attestation.internal.reference.Envelope;
import io.treza.attestation.internal.reference.Pem;
import io.treza.attestation.internal.reference.SigningKey;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Public keys of which any one may sign: the keys of an application's publisher. Immutable.
 *
 * <p>Keys rotate by overlap: relying parties trust old and new, the publisher signs with both, then
 * with the new one alone, then the old one is trusted no more. A key id in an envelope is a hint
 * that anybody may have written, and is not read.
 */
public final class TrustedKeys implements StatementVerifier {
  /** Bounds, with the number of signatures, the work that an envelope can ask for. */
  private static final int MAX_KEYS = 16;

  private final List<SigningKey> keys;

  private TrustedKeys(List<SigningKey> keys) {
    if (keys.isEmpty() || keys.size() > MAX_KEYS) {
      throw new IllegalArgumentException(
          "expected 1 to " + MAX_KEYS + " trusted keys, not " + keys.size());
    }
    this.keys = List.copyOf(keys);
  }

  /**
   * Trusts each of {@code keys}: on P-256, P-384, P-521 or Ed25519.
   *
   * @throws IllegalArgumentException if there is none, more than 16, or one of another kind
   */
  public static TrustedKeys of(Collection<? extends PublicKey> keys) {
    List<SigningKey> read = new ArrayList<>();
    for (PublicKey key : keys) {
      try {
        read.add(SigningKey.of(key));
      } catch (InvalidKeyException e) {
        throw new IllegalArgumentException("trusted key " + read.size() + ": " + e.getMessage(), e);
      }
    }
    return new TrustedKeys(read);
  }

  /**
   * Trusts every key in a PEM file: blocks {@code PUBLIC KEY}, as {@code openssl pkey -pubout}
   * writes them.
   *
   * @throws IllegalArgumentException if there is none, more than 16, one of another kind, or a
   *     private key
   */
  public static TrustedKeys ofPem(byte[] pem) {
    List<SigningKey> read = new ArrayList<>();
    for (byte[] der : Pem.publicKeys(pem)) {
      try {
        read.add(SigningKey.of(der));
      } catch (InvalidKeyException e) {
        throw new IllegalArgumentException("PEM block " + read.size() + ": " + e.getMessage(), e);
      }
    }
    return new TrustedKeys(read);
  }

  /**
   * {@inheritDoc}
   *
   * @param file a DSSE envelope in JSON
   */
  @Override
  public VerifiedStatement verify(byte[] file) throws ReferenceValuesException {
    Envelope envelope = Envelope.read(file);
    byte[] message = Envelope.encode(Envelope.PAYLOAD_TYPE, envelope.payload());
    for (byte[] signature : envelope.signatures()) {
      for (SigningKey key : keys) {
        if (key.verifies(message, signature)) {
          return new VerifiedStatement(
              envelope.payload(), "the key with SHA-256 " + key.fingerprint());
        }
      }
    }
    throw new ReferenceValuesException(
        ReferenceValuesException.Problem.SIGNATURE,
        "none of the envelope's " + envelope.signatures().size() + " signatures is by one of the "
            + keys.size() + " trusted keys; check who published it");
  }
}
