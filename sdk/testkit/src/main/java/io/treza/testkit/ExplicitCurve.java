package io.treza.testkit;

import java.math.BigInteger;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;

/** Writes an EC key with its curve spelled out (RFC 3279, 2.3.5), which RFC 5480, 2.1.1 forbids. */
final class ExplicitCurve {
  private ExplicitCurve() {}

  static byte[] publicKeyInfo(ECPublicKey key) {
    byte[] algorithm = Der.sequence(Der.oid("1.2.840.10045.2.1"), parameters(key.getParams()));
    return Der.sequence(algorithm, Der.bitString(point(key.getW(), key.getParams())));
  }

  private static byte[] parameters(ECParameterSpec curve) {
    BigInteger prime = ((ECFieldFp) curve.getCurve().getField()).getP();
    return Der.sequence(
        Der.integer(1),
        Der.sequence(Der.oid("1.2.840.10045.1.1"), Der.integer(prime)),
        Der.sequence(
            Der.octetString(fieldElement(curve.getCurve().getA(), curve)),
            Der.octetString(fieldElement(curve.getCurve().getB(), curve))),
        Der.octetString(point(curve.getGenerator(), curve)),
        Der.integer(curve.getOrder()),
        Der.integer(curve.getCofactor()));
  }

  /** The uncompressed form (SEC 1, 2.3.3). */
  private static byte[] point(ECPoint point, ECParameterSpec curve) {
    return Cbor.concat(
        new byte[] {4},
        fieldElement(point.getAffineX(), curve),
        fieldElement(point.getAffineY(), curve));
  }

  private static byte[] fieldElement(BigInteger value, ECParameterSpec curve) {
    int size = (curve.getCurve().getField().getFieldSize() + 7) / 8;
    return Der.unsigned(value, size);
  }
}
