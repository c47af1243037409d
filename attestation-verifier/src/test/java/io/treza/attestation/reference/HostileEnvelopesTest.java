package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.treza.attestation.internal.reference.Envelope;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Signer.Algorithm;
import java.io.IOException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Signed files that must be refused, each for its own problem, and variations to be accepted. */
class HostileEnvelopesTest {
  private static final TestKey KEY = TestKey.create(Algorithm.ES256);
  private static final TestKey STRANGER = TestKey.create(Algorithm.ES256);
  private static final String PLAIN = Samples.text(Samples.complete().toStatement());

  /** With a member that in-toto does not know, whose base64 uses what the alphabets differ in. */
  private static final String STATEMENT =
      PLAIN.replace("\"_type\"", "\"note\":\"?>~?>~?>~??>>~~\",\"_type\"");

  private static final String SIGNED = sign(STATEMENT, KEY);
  private static final String PAYLOAD = member("payload");
  private static final String SIGNATURE = signature(SIGNED);
  private static final String TYPE = "\"payloadType\":\"application/vnd.in-toto+json\"";

  private static ReferenceValuesVerifier.Builder verifier() {
    return ReferenceValuesVerifier.builder(
            TrustedKeys.of(List.of(KEY.publicKey())), "payments")
        .clock(InstantSource.fixed(Samples.ISSUED));
  }

  /**
   * A wrong file.
   *
   * @param envelope as text
   */
  record Hostile(String name, String envelope, Problem problem) {
    @Override
    public String toString() {
      return name + ": " + problem;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refuses(Hostile hostile) {
    assertNotEquals(SIGNED, hostile.envelope());
    ReferenceValuesException refused = assertThrows(
        ReferenceValuesException.class,
        () -> verifier().build().verify(Samples.utf8(hostile.envelope())));
    assertEquals(hostile.problem(), refused.problem(), refused::getMessage);
  }

  static Stream<Hostile> refuses() {
    return Stream.of(envelopes(), signatures(), statements()).flatMap(s -> s);
  }

  private static Stream<Hostile> envelopes() {
    String swapped = TYPE.replace("in-toto", "in-tot0");
    return Stream.of(
        new Hostile("a file that nobody signed", Samples.completeJson(), Problem.ENVELOPE),
        new Hostile("a bare statement", STATEMENT, Problem.ENVELOPE),
        changed("two payload types", TYPE, TYPE + "," + swapped, Problem.NOT_JSON),
        changed("two payloads", TYPE, "\"payload\":\"\"," + TYPE, Problem.NOT_JSON),
        changed("two lists of signatures", TYPE, "\"signatures\":[]," + TYPE, Problem.NOT_JSON),
        changed("another payload type", TYPE, swapped, Problem.PAYLOAD_TYPE),
        changed("a payload type in upper case", TYPE, TYPE.replace("in-toto", "IN-TOTO"), Problem.PAYLOAD_TYPE),
        changed("no payload type", TYPE, "\"x\":\"\"", Problem.ENVELOPE),
        changed("payloadUtf8 for payload", "\"payload\"", "\"payloadUtf8\"", Problem.ENVELOPE),
        changed("payload is an object", "\"" + PAYLOAD + "\"", STATEMENT, Problem.FORM),
        changed("no list of signatures", "\"signatures\"", "\"signature\"", Problem.FORM),
        changed("a signature that is text", "[{", "[\"x\",{", Problem.FORM),
        changed("payload with a line break", PAYLOAD, PAYLOAD.replace("J", "J\\n"), Problem.ENVELOPE),
        changed("payload of both alphabets", PAYLOAD, PAYLOAD + "-/", Problem.ENVELOPE),
        changed("payload that is not base64", PAYLOAD, "#" + PAYLOAD, Problem.ENVELOPE),
        changed("something follows", SIGNED, SIGNED + SIGNED, Problem.NOT_JSON),
        changed("17 signatures", "[{", "[" + "{\"sig\":\"\"},".repeat(16) + "{", Problem.ENVELOPE));
  }

  private static Stream<Hostile> signatures() {
    byte[] der = Base64.getDecoder().decode(SIGNATURE);
    byte[] zeros = new byte[64];
    byte[] order = Arrays.copyOf(der, der.length);
    order[order.length - 1] ^= 1;
    return Stream.of(
        new Hostile("a stranger's signature", sign(STATEMENT, STRANGER), Problem.SIGNATURE),
        changed("no signature", SIGNED.substring(SIGNED.indexOf("[{")), "[]}", Problem.SIGNATURE),
        changed(
            "a stranger's signature under a trusted key's id",
            SIGNATURE,
            signature(sign(STATEMENT, STRANGER)),
            Problem.SIGNATURE),
        changed(
            "a signature over another payload",
            PAYLOAD,
            base64(STATEMENT.replace("\"sequence\":42", "\"sequence\":43")),
            Problem.SIGNATURE),
        changed(
            "a signature over the payload alone", SIGNATURE, over(Samples.utf8(STATEMENT)), Problem.SIGNATURE),
        changed(
            "a signature over the payload in base64",
            SIGNATURE,
            over(Envelope.encode(Envelope.PAYLOAD_TYPE, Samples.utf8(PAYLOAD))),
            Problem.SIGNATURE),
        changed(
            "a signature over another type",
            SIGNATURE,
            over(Envelope.encode("application/json", Samples.utf8(STATEMENT))),
            Problem.SIGNATURE),
        changed("a signature with a bit changed", SIGNATURE, base64(order), Problem.SIGNATURE),
        changed("an empty signature", SIGNATURE, "", Problem.SIGNATURE),
        changed("R and S zero", SIGNATURE, base64(zeros), Problem.SIGNATURE),
        changed("R and S zero in DER", SIGNATURE, "MAYCAQACAQA=", Problem.SIGNATURE),
        changed(
            "DER and a byte",
            SIGNATURE,
            base64(Arrays.copyOf(der, der.length + 1)),
            Problem.SIGNATURE));
  }

  private static Stream<Hostile> statements() {
    String eif = "e2".repeat(32);
    return Stream.of(
        signed("a bare predicate", Samples.completeJson(), Problem.FORM),
        signed("something else", "{\"_type\":\"x\"}", Problem.STATEMENT),
        signed("a statement v0.1", STATEMENT.replace("Statement/v1", "Statement/v0.1"), Problem.STATEMENT),
        signed("another predicate's type", STATEMENT.replace("values/v1", "values/v2"), Problem.STATEMENT),
        signed("two predicates", STATEMENT.replace("\"_type\"", "\"predicate\":{},\"_type\""), Problem.NOT_JSON),
        signed("no subject", STATEMENT.replaceAll("\"subject\":\\[.*?\\]", "\"subject\":[]"), Problem.SUBJECT),
        signed("another EIF as subject", STATEMENT.replaceFirst(eif, "00".repeat(32)), Problem.SUBJECT),
        signed("an image as subject that no release names", STATEMENT.replaceFirst("1d".repeat(32), "2d".repeat(32)), Problem.SUBJECT),
        signed("a subject without a digest we know", STATEMENT.replaceFirst("\"digest\":\\{.*?\\}", "\"digest\":{\"sha1\":\"00\"}"), Problem.SUBJECT),
        signed("a predicate with an unknown member", STATEMENT.replace("\"version\":1", "\"version\":1,\"only\":[]"), Problem.FORM),
        signed("a predicate of version 2", STATEMENT.replace("\"version\":1", "\"version\":2"), Problem.FORM),
        signed("an audit of another image", STATEMENT.replace("\"audit\":{\"image\":\"sha256:1d", "\"audit\":{\"image\":\"sha256:2d"), Problem.VALUE),
        signed("another application", STATEMENT.replace("\"application\":\"payments\"", "\"application\":\"billing\""), Problem.APPLICATION));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void accepts(Legal legal) throws ReferenceValuesException {
    String envelope = legal.change().apply(SIGNED);
    assertEquals(Samples.complete(), verifier().build().verify(Samples.utf8(envelope)).values());
  }

  /** Another way of writing the same. */
  record Legal(String name, UnaryOperator<String> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Legal> accepts() {
    String urlSafe = PAYLOAD.replace('+', '-').replace('/', '_');
    String statement = STATEMENT.replace("\"digest\":{", "\"uri\":\"x\",\"digest\":{\"sha512\":\"00\",");
    byte[] der = Base64.getDecoder().decode(SIGNATURE);
    return Stream.of(
        new Legal("as it is written", e -> e),
        new Legal("payload in the URL-safe alphabet", e -> e.replace(PAYLOAD, urlSafe)),
        new Legal("payload without padding", e -> e.replace(PAYLOAD, PAYLOAD.replace("=", ""))),
        new Legal("signature without padding", e -> e.replace(SIGNATURE, SIGNATURE.replace("=", ""))),
        new Legal(
            "signature in the URL-safe alphabet",
            e -> e.replace(SIGNATURE, Base64.getUrlEncoder().encodeToString(der))),
        new Legal("without a key id", e -> e.replaceAll("\"keyid\":\"[0-9a-f]*\",", "")),
        new Legal("with a wrong key id", e -> e.replaceAll("\"keyid\":\"", "\"keyid\":\"00")),
        new Legal("with members that DSSE adds later", e -> e.replace("[{", "[{\"ext\":{},").replace(TYPE, TYPE + ",\"later\":1")),
        new Legal("members in another order", e -> "{" + e.substring(e.indexOf(TYPE), e.lastIndexOf('}')) + ",\"payload\":\"" + PAYLOAD + "\"}"),
        new Legal("with white space", e -> e.replace(",", " ,\r\n\t")),
        new Legal("a stranger's signature before it", e -> e.replace("[{", "[{\"sig\":\"" + signature(sign(STATEMENT, STRANGER)) + "\"},{")),
        new Legal("members of in-toto that we do not know", e -> sign(statement, KEY)));
  }

  @Test
  void isNeverReadWithoutItsSignature() {
    ReferenceValuesException refused = assertThrows(
        ReferenceValuesException.class,
        () -> ReferenceValues.parseUnsigned(Samples.utf8(SIGNED), "release"));
    assertEquals(Problem.ENVELOPE, refused.problem());
  }

  /** Both alphabets must differ here, or the variations above show nothing. */
  @Test
  void theSampleUsesCharactersOfOneAlphabet() {
    assertTrue(PAYLOAD.contains("+") || PAYLOAD.contains("/"), PAYLOAD);
    assertTrue(PAYLOAD.endsWith("=") || SIGNATURE.endsWith("="));
  }

  @Test
  void readsExactlyTheBytesThatWereSigned() throws ReferenceValuesException {
    String spaced = STATEMENT.replace(":{", " : {");
    VerifiedStatement statement = TrustedKeys.of(Collections.singleton(KEY.publicKey()))
        .verify(Samples.utf8(sign(spaced, KEY)));
    assertEquals(spaced, Samples.text(statement.payload()));
    statement.payload()[0] = 0;
    assertEquals(spaced, Samples.text(statement.payload()));
  }

  @ParameterizedTest
  @EnumSource
  void signsAndVerifiesWithEveryAlgorithm(Algorithm algorithm) throws Exception {
    TestKey key = TestKey.create(algorithm);
    byte[] envelope = Samples.complete().sign(STRANGER, key);
    VerifiedStatement statement =
        TrustedKeys.ofPem(Samples.utf8(KEY.publicPem() + key.publicPem())).verify(envelope);
    assertEquals(PLAIN, Samples.text(statement.payload()));
    assertTrue(statement.signer().matches("the key with SHA-256 [0-9a-f]{64}"), statement.signer());
  }

  @Test
  void refusesToWriteASignatureThatDoesNotVerify() {
    Signer broken = new Signer() {
      @Override
      public Algorithm algorithm() {
        return KEY.algorithm();
      }

      @Override
      public PublicKey publicKey() {
        return STRANGER.publicKey();
      }

      @Override
      public byte[] sign(byte[] message) throws SignatureException {
        return KEY.sign(message);
      }
    };
    assertThrows(SignatureException.class, () -> Samples.complete().sign(broken));
    assertThrows(IllegalArgumentException.class, () -> Samples.complete().sign());
  }

  private static Hostile changed(String name, String old, String replacement, Problem problem) {
    return new Hostile(name, SIGNED.replace(old, replacement), problem);
  }

  private static Hostile signed(String name, String payload, Problem problem) {
    assertNotEquals(STATEMENT, payload, name);
    return new Hostile(name, sign(payload, KEY), problem);
  }

  private static String sign(String payload, TestKey key) {
    try {
      return Samples.text(Envelope.sign(Samples.utf8(payload), List.of(key))).strip();
    } catch (SignatureException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String over(byte[] message) {
    try {
      return base64(KEY.sign(message));
    } catch (SignatureException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(String text) {
    return base64(Samples.utf8(text));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String signature(String envelope) {
    return tree(envelope).get("signatures").get(0).get("sig").textValue();
  }

  private static String member(String name) {
    return tree(SIGNED).get(name).textValue();
  }

  private static JsonNode tree(String json) {
    try {
      return JsonMapper.builder().build().readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
