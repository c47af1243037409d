package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.FieldsStep.Evidence;
import io.treza.attestation.FormStep.Form;
import io.treza.attestation.internal.crypto.EcdsaP384;
import io.treza.attestation.internal.crypto.Providers;
import io.treza.attestation.internal.x509.Certificate;
import io.treza.attestation.internal.x509.MalformedCertificateException;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Signatures;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Whatever the verifier's form and fields steps accept, COSE-java, upokecenter's CBOR and Jackson
 * read the same way, and COSE-java gives the signature the same verdict. Where the verifier refuses
 * and they do not is the subject of {@link StricterThanPeersTest}.
 */
class PeersAgreeTest {
  private static final EcdsaP384 ECDSA = new EcdsaP384(Providers.preferred());

  /** What the verifier said, for the counts that keep this test from passing on nothing. */
  private enum Verdict {
    SIGNED,
    NOT_SIGNED,
    KEY_REFUSED,
    REFUSED
  }

  private final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);

  @Test
  void onTheSharedDocuments() throws Exception {
    for (RealDocuments.Entry entry : RealDocuments.all()) {
      compare(entry.bytes(), entry.toString());
    }
    // 57 genuine ones and one made up under its own root; two altered; one with a damaged
    // certificate and one with a damaged key, a wrong length, a null header and a TPM's.
    assertEquals(Map.of(Verdict.SIGNED, 58, Verdict.NOT_SIGNED, 3, Verdict.REFUSED, 4), verdicts);
  }

  @Test
  void onValidSimulatedDocuments() throws Exception {
    Simulation simulation = new Simulation(1);
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      compare(document(simulation, random).build(), "document " + i);
    }
    assertEquals(Map.of(Verdict.SIGNED, 100), verdicts);
  }

  @Test
  void onDamagedDocuments() throws Exception {
    Simulation simulation = new Simulation(2);
    Random random = new Random(2);
    byte[] valid = document(simulation, random).build();
    for (int i = 0; i < 600; i++) {
      compare(Damage.of(valid, random), "damage " + i);
    }
    assertTrue(count(Verdict.NOT_SIGNED) > 60, verdicts::toString);
    assertTrue(count(Verdict.REFUSED) > 60, verdicts::toString);
  }

  @Test
  void onDamagedAndSignedPayloads() throws Exception {
    Simulation simulation = new Simulation(3);
    Random random = new Random(3);
    for (int i = 0; i < 250; i++) {
      UnaryOperator<byte[]> damage = payload -> Damage.of(payload, random);
      compare(document(simulation, random).payload(damage).build(), "signed damage " + i);
    }
    assertTrue(count(Verdict.SIGNED) > 25, verdicts::toString);
    assertTrue(count(Verdict.REFUSED) > 25, verdicts::toString);
  }

  @Test
  void onDamagedSignatures() throws Exception {
    Simulation simulation = new Simulation(4);
    Random random = new Random(4);
    for (int i = 0; i < 100; i++) {
      DocumentBuilder builder = document(simulation, random);
      compare(builder.signature(raw -> Damage.of(raw, random)).build(), "signature " + i);
      compare(builder.signature(Signatures::highS).build(), "high s " + i);
      compare(builder.signature(Signatures::lowS).build(), "low s " + i);
    }
    assertEquals(200, count(Verdict.SIGNED));
    assertTrue(count(Verdict.NOT_SIGNED) > 20, verdicts::toString);
  }

  private int count(Verdict verdict) {
    return verdicts.getOrDefault(verdict, 0);
  }

  /** A valid document whose optional fields, registers and map form vary. */
  private static DocumentBuilder document(Simulation simulation, Random random) {
    DocumentBuilder builder =
        DocumentBuilder.of(simulation.chain()).indefiniteMap(random.nextBoolean());
    for (int i = 5; i < 16; i++) {
      builder.pcr(i, bytes(random, 48));
    }
    if (random.nextBoolean()) {
      builder.pcr(16 + random.nextInt(16), bytes(random, 32 << random.nextInt(2)));
    }
    if (random.nextBoolean()) {
      builder.nonce(bytes(random, random.nextInt(1025)));
    }
    if (random.nextBoolean()) {
      builder.userData(bytes(random, random.nextInt(1025)));
    }
    if (random.nextBoolean()) {
      builder.publicKey(bytes(random, random.nextInt(1025)));
    }
    return builder;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void compare(byte[] document, String name) throws Exception {
    verdicts.merge(verdict(document, name), 1, Integer::sum);
  }

  private static Verdict verdict(byte[] document, String name) throws Exception {
    Form form;
    Evidence evidence;
    try {
      form = FormStep.check(document, Limits.DEFAULT);
      evidence = FieldsStep.read(form, Limits.DEFAULT);
    } catch (Refusal refusal) {
      return Verdict.REFUSED;
    }
    assertSameValues(document, evidence, name);
    return signatureVerdict(document, form, evidence, name);
  }

  private static void assertSameValues(byte[] document, Evidence evidence, String name)
      throws Exception {
    byte[] payload = Peer.payload(document);
    DecodedFields ours = DecodedFields.of(evidence.document());
    assertAll(
        name,
        () -> assertTrue(Arrays.equals(payload, evidence.payload())),
        () -> assertTrue(Arrays.equals(document, evidence.document().toByteArray())),
        () -> assertEquals(DecodedFields.byUpokecenter(payload), ours),
        () -> assertEquals(DecodedFields.byJackson(payload), ours));
  }

  private static Verdict signatureVerdict(
      byte[] document, Form form, Evidence evidence, String name) throws Exception {
    byte[] leaf = evidence.document().certificate();
    byte[] keyInfo;
    PublicKey ours;
    try {
      keyInfo = Certificate.parse(leaf).publicKeyInfo();
      ours = ECDSA.publicKey(keyInfo);
    } catch (MalformedCertificateException | GeneralSecurityException e) {
      return Verdict.KEY_REFUSED;
    }
    boolean signed = signed(form, evidence, ours);
    assertEquals(signed, Peer.COSE_JAVA.accepts(document, jdkKey(keyInfo)), name);
    return signed ? Verdict.SIGNED : Verdict.NOT_SIGNED;
  }

  private static boolean signed(Form form, Evidence evidence, PublicKey key) {
    try {
      SignatureStep.check(form, evidence.payload(), key, ECDSA);
      return true;
    } catch (Refusal refusal) {
      assertEquals(Reason.DOCUMENT_SIGNATURE, refusal.reason());
      return false;
    }
  }

  private static PublicKey jdkKey(byte[] publicKeyInfo) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(publicKeyInfo));
  }
}
