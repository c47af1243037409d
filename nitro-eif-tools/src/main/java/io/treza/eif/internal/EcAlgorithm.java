package io.treza.eif.internal;

import io.treza.attestation.reference.Signer;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;

/** The three signature algorithms that EIFs are signed with; the curve determines the hash. */
public enum EcAlgorithm {
  ES256(Signer.Algorithm.ES256, -7, "secp256r1", "SHA256", 32),
  ES384(Signer.Algorithm.ES384, -35, "secp384r1", "SHA384", 48),
  ES512(Signer.Algorithm.ES512, -36, "secp521r1", "SHA512", 66);

  private final Signer.Algorithm algorithm;
  private final int cose;
  private final String curve;
  private final String hash;
  private final int fieldBytes;

  EcAlgorithm(Signer.Algorithm algorithm, int cose, String curve, String hash, int fieldBytes) {
    this.algorithm = algorithm;
    this.cose = cose;
    this.curve = curve;
    this.hash = hash;
    this.fieldBytes = fieldBytes;
  }

  /** The algorithm of keys on {@code key}'s curve; nothing for other curves and kinds of keys. */
  public static Optional<EcAlgorithm> of(PublicKey key) {
    return key instanceof ECPublicKey ec
        ? Arrays.stream(values()).filter(a -> isOn(ec.getParams(), a.curve())).findFirst()
        : Optional.empty();
  }

  private static boolean isOn(ECParameterSpec spec, ECParameterSpec named) {
    return spec.getCurve().equals(named.getCurve())
        && spec.getGenerator().equals(named.getGenerator())
        && spec.getOrder().equals(named.getOrder());
  }

  public Signer.Algorithm algorithm() {
    return algorithm;
  }

  /** Its number in COSE (RFC 9053 table 1). */
  public int cose() {
    return cose;
  }

  /** SEC 2's name of the curve. */
  public String curveName() {
    return curve;
  }

  /** JCA's name of the hash, without the dash. */
  public String hash() {
    return hash;
  }

  /** Bytes of R, and of S. */
  public int fieldBytes() {
    return fieldBytes;
  }

  private ECParameterSpec curve() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK this builds with has " + curve, e);
    }
  }

  /** Whether {@code signature}, R and S, is one over {@code message} by {@code key}. */
  public boolean verify(PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(hash + "withECDSAinP1363Format");
      verifier.initVerify(key);
      verifier.update(message);
      return signature.length == 2 * fieldBytes && verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** R and S of a signature in DER (RFC 3279 section 2.2.3); nothing if it is not DER. */
  public Optional<byte[]> fromDer(byte[] signature) {
    try {
      ASN1Sequence pair = ASN1Sequence.getInstance(signature);
      BigInteger r = ASN1Integer.getInstance(pair.getObjectAt(0)).getPositiveValue();
      BigInteger s = ASN1Integer.getInstance(pair.getObjectAt(1)).getPositiveValue();
      boolean fits = pair.size() == 2 && Math.max(r.bitLength(), s.bitLength()) <= fieldBytes * 8;
      return fits ? Optional.of(encode(r, s)) : Optional.empty();
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** R and S one after the other, each left-padded. */
  public byte[] encode(BigInteger r, BigInteger s) {
    byte[] encoded = new byte[2 * fieldBytes];
    put(r, encoded, fieldBytes);
    put(s, encoded, 2 * fieldBytes);
    return encoded;
  }

  private static void put(BigInteger number, byte[] target, int end) {
    byte[] bytes = number.toByteArray();
    int length = bytes[0] == 0 ? bytes.length - 1 : bytes.length;
    System.arraycopy(bytes, bytes.length - length, target, end - length, length);
  }
}
