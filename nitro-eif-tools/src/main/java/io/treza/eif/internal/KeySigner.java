package io.treza.eif.internal;

import io.treza.attestation.reference.Signer;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPrivateKey;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;

/**
 * Signs with a JCA private key; deterministically (RFC 6979) if the key shows its number.
 *
 * @param signature JCA's name of the algorithm
 */
public record KeySigner(
    Algorithm algorithm, PrivateKey privateKey, PublicKey publicKey, String signature)
    implements Signer {

  /** A signer with a key of the kind that {@code algorithm} takes. */
  public static Signer of(Algorithm algorithm, PrivateKey privateKey, PublicKey publicKey) {
    if (algorithm == Algorithm.ED25519) {
      return new KeySigner(algorithm, privateKey, publicKey, "Ed25519");
    }
    EcAlgorithm ec = EcAlgorithm.valueOf(algorithm.name());
    return privateKey instanceof ECPrivateKey known
        ? new Deterministic(ec, known.getS(), publicKey)
        : new KeySigner(algorithm, privateKey, publicKey, ec.hash() + "withECDSAinP1363Format");
  }

  @Override
  public byte[] sign(byte[] message) throws SignatureException {
    try {
      Signature signer = Signature.getInstance(signature);
      signer.initSign(privateKey);
      signer.update(message);
      return signer.sign();
    } catch (SignatureException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new SignatureException("the key cannot sign: " + e.getMessage(), e);
    }
  }

  /** Says nothing of the private key. */
  @Override
  public String toString() {
    return algorithm + " signer";
  }

  /** ECDSA whose nonce follows from key and message. */
  private record Deterministic(EcAlgorithm ec, BigInteger secret, PublicKey publicKey)
      implements Signer {
    @Override
    public Algorithm algorithm() {
      return ec.algorithm();
    }

    @Override
    public byte[] sign(byte[] message) {
      Digest hash = hash();
      byte[] digest = new byte[hash.getDigestSize()];
      hash.update(message, 0, message.length);
      hash.doFinal(digest, 0);
      X9ECParameters curve = CustomNamedCurves.getByName(ec.curveName());
      ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(hash()));
      signer.init(true, new ECPrivateKeyParameters(secret, new ECDomainParameters(curve)));
      BigInteger[] rs = signer.generateSignature(digest);
      return ec.encode(rs[0], rs[1]);
    }

    private Digest hash() {
      return switch (ec) {
        case ES256 -> new SHA256Digest();
        case ES384 -> new SHA384Digest();
        case ES512 -> new SHA512Digest();
      };
    }

    @Override
    public String toString() {
      return ec + " signer";
    }
  }
}
