package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import COSE.CoseException;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.testkit.Cbor;
import io.treza.testkit.DocumentBuilder;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: parsing them gives a document that other decoders read the same way, or an
 * {@link AttestationRejectedException}, and nothing else.
 *
 * <p>The build runs the seeds only. To fuzz, one target at a time:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn verify -pl attestation-verifier -am -Dtest=ParseFuzzTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>An input that fails is kept under {@code src/test/resources} and is a regression test from
 * then on.
 */
class ParseFuzzTest {
  static Stream<byte[]> seeds() {
    DocumentBuilder builder = DocumentBuilder.of(new Simulation(20).chain());
    return Stream.of(
        builder.build(),
        builder.indefiniteMap(true).nonce(new byte[32]).userData(new byte[0]).build(),
        builder.envelope(parts -> Cbor.tag(18, Cbor.array(parts))).build(),
        Cbor.array(Cbor.bytes(new byte[0]), Cbor.map(), Cbor.bytes(Cbor.map()), Cbor.nullValue()));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void parsesAsOthersDoOrRefuses(byte[] bytes) throws CoseException {
    AttestationDocument document;
    try {
      document = AttestationDocument.parse(bytes);
    } catch (AttestationRejectedException refused) {
      return;
    }
    assertArrayEquals(bytes, document.toByteArray());
    assertEquals(DecodedFields.byUpokecenter(Peer.payload(bytes)), DecodedFields.of(document));
  }
}
