package io.treza.eif.internal;

import io.treza.attestation.reference.Signer;
import io.treza.eif.EifException;
import io.treza.image.Content;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/** Reads PEM private keys: PKCS#8 (RFC 5958) and SEC 1 (RFC 5915), and derives the public key. */
public final class PrivateKeys {
  private static final int MAX_BYTES = 1 << 16;
  // RFC 8410 section 3.
  private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

  private PrivateKeys() {}

  /**
   * A signer with the first private key in {@code file}.
   *
   * @throws EifException if there is none of a supported kind
   */
  public static Signer read(Path file) throws IOException {
    byte[] pem;
    try (InputStream in = Content.of(file).open()) {
      pem = in.readNBytes(MAX_BYTES);
    }
    List<Pem.Block> blocks;
    try {
      blocks = Pem.blocks(pem);
    } catch (IOException e) {
      throw new EifException(file + ": not PEM: " + e.getMessage(), e);
    }
    for (Pem.Block block : blocks) {
      try {
        switch (block.label()) {
          case "PRIVATE KEY" -> {
            return signer(file, PrivateKeyInfo.getInstance(block.der()));
          }
          case "EC PRIVATE KEY" -> {
            return signer(
                file, wrapped(org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(block.der())));
          }
          case "ENCRYPTED PRIVATE KEY" ->
            throw new EifException(
                file + ": the key is encrypted; decrypt it (openssl pkey), or use a key store");
          default -> {
            // EC PARAMETERS repeats the curve; certificates are read elsewhere.
          }
        }
      } catch (IllegalArgumentException | IllegalStateException | GeneralSecurityException e) {
        throw new EifException(file + ": malformed private key: " + e.getMessage(), e);
      }
    }
    throw new EifException(file + ": no PRIVATE KEY or EC PRIVATE KEY block; name the PEM file of"
        + " the signing key");
  }

  private static PrivateKeyInfo wrapped(org.bouncycastle.asn1.sec.ECPrivateKey key)
      throws IOException {
    return new PrivateKeyInfo(
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
        key);
  }

  private static Signer signer(Path file, PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    AlgorithmIdentifier kind = info.getPrivateKeyAlgorithm();
    if (kind.getAlgorithm().equals(ED25519)) {
      byte[] seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
      byte[] point = new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
      KeyFactory keys = KeyFactory.getInstance("Ed25519");
      return KeySigner.of(
          Signer.Algorithm.ED25519, privateKey(keys, info), publicKey(keys, kind, point));
    }
    if (kind.getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      EcAlgorithm algorithm = algorithm(file, kind);
      KeyFactory keys = KeyFactory.getInstance("EC");
      PrivateKey privateKey = privateKey(keys, info);
      BigInteger secret = ((ECPrivateKey) privateKey).getS();
      X9ECParameters curve = CustomNamedCurves.getByName(algorithm.curveName());
      byte[] point = curve.getG().multiply(secret).normalize().getEncoded(false);
      return KeySigner.of(algorithm.algorithm(), privateKey, publicKey(keys, kind, point));
    }
    throw new EifException(file + ": a key of kind " + kind.getAlgorithm()
        + "; EIFs are signed with P-256, P-384 or P-521");
  }

  private static EcAlgorithm algorithm(Path file, AlgorithmIdentifier kind) throws EifException {
    if (kind.getParameters() instanceof ASN1ObjectIdentifier curve) {
      if (curve.equals(SECObjectIdentifiers.secp256r1)) {
        return EcAlgorithm.ES256;
      } else if (curve.equals(SECObjectIdentifiers.secp384r1)) {
        return EcAlgorithm.ES384;
      } else if (curve.equals(SECObjectIdentifiers.secp521r1)) {
        return EcAlgorithm.ES512;
      }
    }
    throw new EifException(
        file + ": a key on another curve than P-256, P-384 or P-521; make one on these");
  }

  private static PrivateKey privateKey(KeyFactory keys, PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    return keys.generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
  }

  private static PublicKey publicKey(KeyFactory keys, AlgorithmIdentifier kind, byte[] point)
      throws IOException, GeneralSecurityException {
    return keys.generatePublic(
        new X509EncodedKeySpec(new SubjectPublicKeyInfo(kind, point).getEncoded()));
  }
}
