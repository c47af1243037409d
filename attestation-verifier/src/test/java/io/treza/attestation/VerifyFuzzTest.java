package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import COSE.CoseException;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Signatures;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all, by somebody without the key: verifying gives a result, and what is accepted has
 * the one payload that was signed. See {@link ParseFuzzTest} for how to run it.
 */
class VerifyFuzzTest {
  private static final Simulation SIMULATION = new Simulation(21);
  private static final byte[] NONCE = new byte[32];
  private static final AttestationVerifier VERIFIER = SIMULATION.verifier().build();
  private static final Expectation EXPECTED =
      Expectation.acceptAnyMeasurement().nonce(NONCE).build();
  private static final byte[] DOCUMENT =
      DocumentBuilder.of(SIMULATION.chain()).nonce(NONCE).build();

  static Stream<byte[]> seeds() {
    DocumentBuilder same = DocumentBuilder.of(SIMULATION.chain()).nonce(NONCE);
    return Stream.of(
        DOCUMENT,
        same.signature(Signatures::highS).build(),
        same.signature(Signatures::lowS).build(),
        same.envelope(parts -> Cbor.tag(18, Cbor.array(parts))).build(),
        same.signature(Signatures::corrupted).build());
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void acceptsOnlyThePayloadThatWasSigned(byte[] bytes) throws CoseException {
    assertNotNull(VERIFIER.audit(bytes, EXPECTED));
    if (VERIFIER.verify(bytes, EXPECTED) instanceof VerifiedAttestation) {
      assertArrayEquals(Peer.payload(DOCUMENT), Peer.payload(bytes));
    }
  }
}
