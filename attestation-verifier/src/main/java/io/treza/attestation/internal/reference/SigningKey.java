package io.treza.attestation.internal.reference;

import io.treza.attestation.reference.Signer.Algorithm;
import java.io.IOException;
import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/**
 * A public key that checks the signatures of envelopes, and the one algorithm that goes with it:
 * nothing in an envelope chooses.
 *
 * <p>ECDSA signatures are read as DER (RFC 3279, section 2.2.3), as cosign, in-toto and OpenSSL
 * write them, and as R and S one after the other, as in DSSE's own example: no signature is both.
 */
public final class SigningKey {
  private final AsymmetricKeyParameter key;
  private final Algorithm algorithm;
  private final String fingerprint;

  private SigningKey(AsymmetricKeyParameter key, Algorithm algorithm, String fingerprint) {
    this.key = key;
    this.algorithm = algorithm;
    this.fingerprint = fingerprint;
  }

  /**
   * A key of any provider's.
   *
   * @throws InvalidKeyException if it is not on P-256, P-384, P-521 or Ed25519, or cannot be
   *     encoded
   */
  public static SigningKey of(PublicKey key) throws InvalidKeyException {
    byte[] encoded = key.getEncoded();
    if (encoded == null) {
      throw new InvalidKeyException("the public key has no encoding");
    }
    return of(encoded);
  }

  /**
   * A key in its standard encoding.
   *
   * @param publicKeyInfo DER of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)
   * @throws InvalidKeyException if it is not on P-256, P-384, P-521 or Ed25519
   */
  public static SigningKey of(byte[] publicKeyInfo) throws InvalidKeyException {
    AsymmetricKeyParameter parsed;
    try {
      parsed = PublicKeyFactory.createKey(publicKeyInfo);
    } catch (IOException | RuntimeException e) {
      throw new InvalidKeyException("not a public key: " + e.getMessage(), e);
    }
    Algorithm algorithm = algorithm(parsed)
        .orElseThrow(
            () -> new InvalidKeyException("the key is not on P-256, P-384, P-521 or Ed25519"));
    byte[] hash = hash("SHA-256", publicKeyInfo);
    return new SigningKey(parsed, algorithm, HexFormat.of().formatHex(hash));
  }

  private static Optional<Algorithm> algorithm(AsymmetricKeyParameter key) {
    if (key instanceof Ed25519PublicKeyParameters) {
      return Optional.of(Algorithm.ED25519);
    }
    if (key instanceof ECPublicKeyParameters ec
        && ec.getParameters() instanceof ECNamedDomainParameters curve) {
      ASN1ObjectIdentifier name = curve.getName();
      return name.equals(SECObjectIdentifiers.secp256r1)
          ? Optional.of(Algorithm.ES256)
          : name.equals(SECObjectIdentifiers.secp384r1)
              ? Optional.of(Algorithm.ES384)
              : name.equals(SECObjectIdentifiers.secp521r1)
                  ? Optional.of(Algorithm.ES512)
                  : Optional.empty();
    }
    return Optional.empty();
  }

  /** SHA-256 of the key's encoding, in hexadecimal. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Whether {@code signature} is this key's over {@code message}. */
  public boolean verifies(byte[] message, byte[] signature) {
    if (key instanceof Ed25519PublicKeyParameters) {
      Ed25519Signer verifier = new Ed25519Signer();
      verifier.init(false, key);
      verifier.update(message, 0, message.length);
      return verifier.verifySignature(signature);
    }
    Optional<BigInteger[]> pair = pair(signature);
    if (pair.isEmpty()) {
      return false;
    }
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, key);
    // Refuses R and S outside [1, n-1].
    return verifier.verifySignature(hash(hashName(), message), pair.get()[0], pair.get()[1]);
  }

  /** What a {@link io.treza.attestation.reference.Signer} made, as envelopes hold it. */
  byte[] toDsse(byte[] signature) {
    if (!(key instanceof ECPublicKeyParameters ec) || signature.length != 2 * fieldBytes(ec)) {
      return signature;
    }
    try {
      BigInteger[] pair = split(signature);
      return StandardDSAEncoding.INSTANCE.encode(order(ec), pair[0], pair[1]);
    } catch (IOException | IllegalArgumentException e) {
      // Out of range, so it will not verify either.
      return signature;
    }
  }

  /** R and S; empty if the bytes are of neither form. */
  private Optional<BigInteger[]> pair(byte[] signature) {
    ECPublicKeyParameters ec = (ECPublicKeyParameters) key;
    try {
      return Optional.of(StandardDSAEncoding.INSTANCE.decode(order(ec), signature));
    } catch (IOException | RuntimeException e) {
      return signature.length == 2 * fieldBytes(ec)
          ? Optional.of(split(signature))
          : Optional.empty();
    }
  }

  private static BigInteger[] split(byte[] signature) {
    int half = signature.length / 2;
    return new BigInteger[] {
      new BigInteger(1, Arrays.copyOfRange(signature, 0, half)),
      new BigInteger(1, Arrays.copyOfRange(signature, half, signature.length))
    };
  }

  private static BigInteger order(ECPublicKeyParameters ec) {
    return ec.getParameters().getN();
  }

  private static int fieldBytes(ECPublicKeyParameters ec) {
    return (ec.getParameters().getCurve().getFieldSize() + 7) / 8;
  }

  private String hashName() {
    return switch (algorithm) {
      case ES256 -> "SHA-256";
      case ES384 -> "SHA-384";
      case ES512 -> "SHA-512";
      case ED25519 -> throw new IllegalStateException("Ed25519 hashes by itself");
    };
  }

  /** By the JDK, whose hashes are several times faster than Bouncy Castle's. */
  private static byte[] hash(String name, byte[] message) {
    try {
      return MessageDigest.getInstance(name).digest(message);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK this runs on has " + name, e);
    }
  }
}
