package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import COSE.CoseException;
import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.driver.FuzzedDataProviderImpl;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.CertificateChain.Level;
import io.treza.testkit.DocumentBuilder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A valid document, edited as the input says in its fields, chain and framing, and signed again: by
 * somebody who holds every key under the root. Verifying gives a result, and what is accepted
 * satisfies the expectation in the eyes of other decoders, COSE-java and the JDK's PKIX.
 *
 * <p>See {@link ParseFuzzTest} for how to run it.
 */
class SignedEditsFuzzTest {
  private static final Simulation SIMULATION = new Simulation(22);
  private static final byte[] NONCE = new byte[32];
  private static final byte[] PCR = new byte[48];
  private static final AttestationVerifier VERIFIER = SIMULATION.verifier().build();

  static {
    PCR[0] = 1;
  }

  private static final String PCR_HEX = HexFormat.of().formatHex(PCR);
  private static final Expectation EXPECTED = Expectation.measurements(
          Measurements.of(PCR_HEX, PCR_HEX, PCR_HEX))
      .nonce(NONCE)
      .build();

  /** What the build runs: the same edits every time, some of them harmless. */
  @Test
  void whatIsAcceptedIsAsExpectedAfterRandomEdits() throws Exception {
    Random random = new Random(22);
    byte[] bytes = new byte[200];
    Map<Boolean, Integer> verdicts = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      random.nextBytes(bytes);
      try (FuzzedDataProviderImpl data = FuzzedDataProviderImpl.withJavaData(bytes)) {
        verdicts.merge(verifiesAsExpected(data), 1, Integer::sum);
      }
    }
    assertEquals(2, verdicts.size());
    assertTrue(verdicts.values().stream().allMatch(count -> count > 10), verdicts::toString);
  }

  @FuzzTest(maxDuration = "3m")
  void whatIsAcceptedIsAsExpected(FuzzedDataProvider data) throws Exception {
    verifiesAsExpected(data);
  }

  /** Whether the edited document was accepted, and then rightly. */
  private static boolean verifiesAsExpected(FuzzedDataProvider data) throws Exception {
    Edits edits = new Edits(data);
    CertificateChain chain = chain(edits, data);
    DocumentBuilder builder = DocumentBuilder.of(chain).nonce(NONCE);
    for (int i = 0; i <= 2; i++) {
      builder.pcr(i, PCR);
    }
    int count = data.consumeInt(0, 3);
    for (int i = 0; i < count; i++) {
      edits.editDocument(builder, chain);
    }
    byte[] document = builder.build();
    VerificationResult result = VERIFIER.verify(document, EXPECTED);
    if (result instanceof VerifiedAttestation verified) {
      assertAsExpected(document, verified);
      return true;
    }
    assertTrue(edits.made() > 0, result::toString);
    return false;
  }

  /** The simulation's chain, or one with one certificate edited. */
  private static CertificateChain chain(Edits edits, FuzzedDataProvider data) {
    if (!data.consumeBoolean()) {
      return SIMULATION.chain();
    }
    Level level = data.pickValue(Level.values());
    return SIMULATION.chainBuilder().certificate(level, edits::editCertificate).build();
  }

  private static void assertAsExpected(byte[] document, VerifiedAttestation verified)
      throws CoseException {
    DecodedFields fields = DecodedFields.byUpokecenter(Peer.payload(document));
    assertAll(
        () -> assertEquals(fields, DecodedFields.byJackson(Peer.payload(document))),
        () -> assertEquals(fields, DecodedFields.of(verified.document())),
        () -> assertEquals(Optional.of(HexFormat.of().formatHex(NONCE)), fields.nonce()),
        () -> assertEquals(PCR_HEX, fields.pcrs().get(0)),
        () -> assertEquals(PCR_HEX, fields.pcrs().get(1)),
        () -> assertEquals(PCR_HEX, fields.pcrs().get(2)),
        () -> assertTrue(fields.timestamp() <= Simulation.NOW.toEpochMilli()),
        () -> assertTrue(fields.timestamp() >= Simulation.NOW.minusSeconds(300).toEpochMilli()),
        () -> assertTrue(Pkix.findsTheRoot(verified.document())),
        () -> assertDoesNotThrow(() -> Pkix.validate(verified.document(), Simulation.NOW)),
        () -> assertTrue(Peer.COSE_JAVA.accepts(document, Pkix.leafKey(verified.document()))));
  }
}
