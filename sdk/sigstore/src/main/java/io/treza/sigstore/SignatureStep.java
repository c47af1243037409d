package io.treza.sigstore;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Optional;

/**
 * Checks the signature over a statement or artifact (Sigstore, "Algorithm Registry"; older clients
 * use SHA-256 with every key).
 */
final class SignatureStep {
  private SignatureStep() {}

  static void check(
      BundleDocument.Content content, PublicKey key, Optional<ArtifactDigest> artifact)
      throws Refused {
    boolean right;
    if (content instanceof BundleDocument.Statement statement) {
      right =
          verify(algorithms(key), key, statement.preAuthenticationEncoding(), content.signature());
    } else {
      ArtifactDigest digest = artifact
          .filter(d -> d.algorithm().equals("sha256"))
          .orElseThrow(() -> new Refused(
              BundleReason.ARTIFACT,
              "it signs an artifact itself, which can be checked by the artifact's SHA-256 only"));
      if (!(key instanceof ECPublicKey)) {
        throw new Refused(
            BundleReason.SIGNATURE, key.getAlgorithm() + " signatures over artifacts: ECDSA only");
      }
      right = verify(List.of("NONEwithECDSA"), key, digest.bytes(), content.signature());
    }
    if (!right) {
      throw new Refused(BundleReason.SIGNATURE, "not a signature by this key over this content");
    }
  }

  private static List<String> algorithms(PublicKey key) throws Refused {
    if (key instanceof ECPublicKey ec) {
      return switch (ec.getParams().getOrder().bitLength()) {
        case 256 -> List.of("SHA256withECDSA");
        case 384 -> List.of("SHA384withECDSA", "SHA256withECDSA");
        case 521 -> List.of("SHA512withECDSA", "SHA256withECDSA");
        default -> throw new Refused(BundleReason.SIGNATURE, "a key on an unknown curve");
      };
    } else if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= 2048) {
      return List.of("SHA256withRSA");
    } else if (key.getAlgorithm().equals("EdDSA") || key.getAlgorithm().equals("Ed25519")) {
      return List.of("Ed25519");
    }
    throw new Refused(
        BundleReason.SIGNATURE, "a key of an unsupported kind, " + key.getAlgorithm());
  }

  private static boolean verify(
      List<String> algorithms, PublicKey key, byte[] message, byte[] signature) {
    for (String algorithm : algorithms) {
      try {
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(key);
        verifier.update(message);
        if (verifier.verify(signature)) {
          return true;
        }
      } catch (GeneralSecurityException e) {
        // A signature that cannot be parsed is none.
      }
    }
    return false;
  }
}
