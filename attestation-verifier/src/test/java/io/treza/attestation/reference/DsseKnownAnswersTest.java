package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.internal.reference.Envelope;
import io.treza.attestation.internal.reference.SigningKey;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The answers that the DSSE specification itself gives: the example of protocol.md, and the vectors
 * that secure-systems-lab/dsse publishes (testvectors/vectors.json), whose keys are RFC 8032's.
 */
class DsseKnownAnswersTest {
  private static final String IN_TOTO = "application/vnd.in-toto+json";
  private static final String STATEMENT = "{\"_type\":\"https://in-toto.io/Statement/v1\"}";
  private static final String STATEMENT_SIGNATURE =
      "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "http://example.com/HelloWorld | hello world |"
            + " DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        "application/vnd.in-toto+json | `` | `DSSEv1 28 application/vnd.in-toto+json 0 `",
        "`` | {\"_type\":\"https://in-toto.io/Statement/v1\"} |"
            + " `DSSEv1 0  43 {\"_type\":\"https://in-toto.io/Statement/v1\"}`",
        "application/vnd.exämple+json | {\"_type\":\"https://in-toto.io/Statement/v1\"} | DSSEv1 29"
            + " application/vnd.exämple+json 43 {\"_type\":\"https://in-toto.io/Statement/v1\"}"
      })
  void encodesLengthsInBytes(String type, String body, String encoded) {
    assertEquals(encoded, Samples.text(Envelope.encode(type, Samples.utf8(body))));
  }

  @Test
  void verifiesTheExampleOfTheProtocol() throws GeneralSecurityException {
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    PublicKey key = KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(
            new ECPoint(
                new BigInteger("46950820868899156662930047687818585632848591499744589407958293238"
                    + "635476079160"),
                new BigInteger("56400783565643791630990758770095651298825148865577793690474423806"
                    + "24545832820")),
            curve.getParameterSpec(ECParameterSpec.class)));
    byte[] message = Envelope.encode("http://example.com/HelloWorld", Samples.utf8("hello world"));
    byte[] signature = Base64.getDecoder()
        .decode("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUj"
            + "W2JIZA==");
    assertTrue(SigningKey.of(key).verifies(message, signature));
    message[message.length - 1] ^= 1;
    assertFalse(SigningKey.of(key).verifies(message, signature));
  }

  @Test
  void acceptsASignatureByATrustedKey() throws Exception {
    VerifiedStatement statement = keyA()
        .verify(envelope(IN_TOTO, STATEMENT.getBytes(StandardCharsets.UTF_8), STATEMENT_SIGNATURE));
    assertArrayEquals(Samples.utf8(STATEMENT), statement.payload());
    assertEquals("VerifiedStatement[43 bytes by " + statement.signer() + "]", statement.toString());
  }

  @Test
  void acceptsTheUrlSafeAlphabet() throws Exception {
    String json = "{\"payload\":\"-_-_Pj8=\",\"payloadType\":\"" + IN_TOTO
        + "\",\"signatures\":[{\"sig\":\"P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6T"
        + "uDOT1HIrsGW886DbWNWcCmX5twLrAw==\",\"keyid\":\"A\"}]}";
    assertArrayEquals(
        HexFormat.of().parseHex("fbffbf3e3f"), keyA().verify(Samples.utf8(json)).payload());
  }

  @Test
  void acceptsAnEmptyPayload() throws Exception {
    String signature =
        "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==";
    assertEquals(0, keyA().verify(envelope(IN_TOTO, new byte[0], signature)).payload().length);
  }

  @ParameterizedTest
  @CsvSource({
    "application/vnd.example.other+json,"
        + "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==",
    "'',"
        + "iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg=="
  })
  void refusesOtherPayloadTypesEvenIfSigned(String type, String signature) {
    ReferenceValuesException refused = assertThrows(
        ReferenceValuesException.class,
        () -> keyA().verify(envelope(type, Samples.utf8(STATEMENT), signature)));
    assertEquals(Problem.PAYLOAD_TYPE, refused.problem());
  }

  private static byte[] envelope(String type, byte[] payload, String signature) {
    return Samples.utf8("""
        {"payload": "%s", "payloadType": "%s", "signatures": [{"sig": "%s", "keyid": "A"}]}"""
        .formatted(Base64.getEncoder().encodeToString(payload), type, signature));
  }

  private static TrustedKeys keyA() throws GeneralSecurityException {
    byte[] info = HexFormat.of()
        .parseHex("302a300506032b6570032100"
            + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    return TrustedKeys.of(
        List.of(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(info))));
  }
}
