package io.treza.eif.internal;

import io.treza.eif.EifMeasurements;
import io.treza.eif.SignatureCheck;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The CBOR of an EIF's signature section, written and checked.
 *
 * <p>An array of maps of a PEM certificate and a COSE_Sign1 (RFC 9052 section 4.2) over {@code
 * {register_index: 0, register_value: PCR0}}, bytes as arrays of numbers, as the serde encoding of
 * {@code PcrSignature} in aws-nitro-enclaves-image-format, {@code defs/mod.rs}, has them. QEMU wants
 * the keys in the order written here.
 */
public final class SignatureSection {
  private static final String CERTIFICATE = "signing_certificate";
  private static final String SIGNATURE = "signature";
  private static final int SIGN1_TAG = 18;
  private static final int ALGORITHM_HEADER = 1;

  private SignatureSection() {}

  /** The section's data. */
  public static byte[] encode(
      byte[] pemCertificate, EcAlgorithm algorithm, byte[] pcr0, byte[] signature) {
    byte[] sign1 = new Cbor.Writer()
        .head(Cbor.ARRAY, 4)
        .byteString(protectedHeader(algorithm))
        .head(Cbor.MAP, 0)
        .byteString(payload(pcr0))
        .byteString(signature)
        .toByteArray();
    return new Cbor.Writer()
        .head(Cbor.ARRAY, 1)
        .head(Cbor.MAP, 2)
        .text(CERTIFICATE)
        .numbers(pemCertificate)
        .text(SIGNATURE)
        .numbers(sign1)
        .toByteArray();
  }

  /** The bytes to sign: COSE's Sig_structure over a register 0. */
  public static byte[] toBeSigned(EcAlgorithm algorithm, byte[] pcr0) {
    return toBeSigned(protectedHeader(algorithm), payload(pcr0));
  }

  private static byte[] toBeSigned(byte[] protectedHeader, byte[] payload) {
    return new Cbor.Writer()
        .head(Cbor.ARRAY, 4)
        .text("Signature1")
        .byteString(protectedHeader)
        .byteString(new byte[0])
        .byteString(payload)
        .toByteArray();
  }

  private static byte[] protectedHeader(EcAlgorithm algorithm) {
    return new Cbor.Writer()
        .head(Cbor.MAP, 1)
        .head(Cbor.UNSIGNED, ALGORITHM_HEADER)
        .head(Cbor.NEGATIVE, -1 - algorithm.cose())
        .toByteArray();
  }

  private static byte[] payload(byte[] pcr0) {
    return new Cbor.Writer()
        .head(Cbor.MAP, 2)
        .text("register_index")
        .head(Cbor.UNSIGNED, 0)
        .text("register_value")
        .numbers(pcr0)
        .toByteArray();
  }

  /** What the first signature in a section's data is worth for an image of these measurements. */
  public static SignatureCheck check(byte[] data, Optional<EifMeasurements> measured) {
    try {
      Cbor cbor = new Cbor(data);
      int pairs = cbor.head(Cbor.ARRAY, "an array of signatures");
      if (pairs == 0) {
        throw new Cbor.Malformed("no signature in the array");
      }
      Pair first = Pair.read(cbor);
      for (int i = 1; i < pairs; i++) {
        Pair.read(cbor);
      }
      cbor.end("the signatures");
      List<X509Certificate> certificates = Pem.certificates(first.certificate);
      SignatureCheck.Valid valid =
          new SignatureCheck.Valid(certificates.get(0), certificates.size() - 1, pairs - 1);
      return check(Sign1.read(first.sign1), valid, measured);
    } catch (Cbor.Malformed e) {
      return new SignatureCheck.Malformed(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new SignatureCheck.Malformed("signing certificate: " + e.getMessage());
    }
  }

  private static SignatureCheck check(
      Sign1 sign1, SignatureCheck.Valid ifValid, Optional<EifMeasurements> measured) {
    X509Certificate signer = ifValid.signer();
    Optional<EcAlgorithm> algorithm = EcAlgorithm.of(signer.getPublicKey());
    if (algorithm.isEmpty()) {
      return new SignatureCheck.Invalid(
          signer, "the certificate's key is not on P-256, P-384 or P-521");
    }
    if (algorithm.get().cose() != sign1.algorithm) {
      return new SignatureCheck.Invalid(
          signer,
          "algorithm " + sign1.algorithm + " where the certificate's key means " + algorithm.get());
    }
    byte[] message = toBeSigned(sign1.protectedHeader, sign1.payload);
    if (!algorithm.get().verify(signer.getPublicKey(), message, sign1.signature)) {
      return new SignatureCheck.Invalid(signer, "not a signature by the certificate's key");
    }
    String signed = HexFormat.of().formatHex(sign1.pcr0);
    return measured.isPresent() && measured.get().pcr0().equals(signed)
        ? ifValid
        : new SignatureCheck.OtherImage(signer, signed);
  }

  private record Pair(byte[] certificate, byte[] sign1) {
    static Pair read(Cbor cbor) throws Cbor.Malformed {
      cbor.expect(Cbor.MAP, 2, "a map of two");
      String first = cbor.text(CERTIFICATE);
      byte[] one = cbor.numbers(first);
      String second = cbor.text(SIGNATURE);
      byte[] other = cbor.numbers(second);
      if (first.equals(CERTIFICATE) && second.equals(SIGNATURE)) {
        return new Pair(one, other);
      }
      throw new Cbor.Malformed(
          "keys " + first + ", " + second + " instead of " + CERTIFICATE + ", " + SIGNATURE);
    }
  }

  /** A COSE_Sign1 and what is in its protected header and payload. */
  private record Sign1(
      byte[] protectedHeader, int algorithm, byte[] payload, byte[] pcr0, byte[] signature) {
    static Sign1 read(byte[] bytes) throws Cbor.Malformed {
      Cbor cbor = new Cbor(bytes);
      cbor.skipTag(SIGN1_TAG);
      cbor.expect(Cbor.ARRAY, 4, "a COSE_Sign1, an array of four");
      byte[] header = cbor.byteString("the protected header");
      cbor.expect(Cbor.MAP, 0, "an empty unprotected header");
      byte[] payload = cbor.byteString("the payload");
      byte[] signature = cbor.byteString("the signature");
      cbor.end("the COSE_Sign1");
      return new Sign1(header, algorithm(header), payload, pcr0(payload), signature);
    }

    private static int algorithm(byte[] header) throws Cbor.Malformed {
      Cbor cbor = new Cbor(header);
      cbor.expect(Cbor.MAP, 1, "a protected header of one");
      cbor.expect(Cbor.UNSIGNED, ALGORITHM_HEADER, "the algorithm header");
      int algorithm = -1 - cbor.head(Cbor.NEGATIVE, "an algorithm");
      cbor.end("the protected header");
      return algorithm;
    }

    private static byte[] pcr0(byte[] payload) throws Cbor.Malformed {
      Cbor cbor = new Cbor(payload);
      cbor.expect(Cbor.MAP, 2, "a payload of two");
      key(cbor, "register_index");
      cbor.expect(Cbor.UNSIGNED, 0, "register 0");
      key(cbor, "register_value");
      byte[] value = cbor.numbers("the register's value");
      cbor.end("the payload");
      return value;
    }

    private static void key(Cbor cbor, String key) throws Cbor.Malformed {
      String found = cbor.text(key);
      if (!found.equals(key)) {
        throw new Cbor.Malformed("key " + found + " instead of " + key);
      }
    }
  }
}
