package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.attestation.reference.Signer.Algorithm;
import java.security.SignatureException;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all: a file is read or refused by the one checked exception, what is read is written
 * and read again as the same, and nothing that nobody signed is accepted as signed. Run as {@code
 * ParseFuzzTest} says.
 */
class ReferenceValuesFuzzTest {
  private static final TestKey KEY = TestKey.create(Algorithm.ED25519);
  private static final byte[] PAYLOAD = Samples.complete().toStatement();
  private static final TrustedKeys TRUSTED = TrustedKeys.of(List.of(KEY.publicKey()));
  private static final ReferenceValuesVerifier VERIFIER = ReferenceValuesVerifier.builder(
          file -> new VerifiedStatement(file, "nobody"), "payments")
      .clock(InstantSource.fixed(Samples.ISSUED))
      .build();

  static Stream<byte[]> seeds() throws SignatureException {
    return Stream.concat(
        Stream.of(
            Samples.complete().toJson(),
            PAYLOAD,
            Samples.complete().sign(KEY),
            Samples.utf8("{\"Measurements\": {\"HashAlgorithm\": \"Sha384 { ... }\"}}")),
        HostileFile.all().map(HostileFile::json).filter(json -> json.length < 10_000));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "3m")
  void readsOrRefuses(byte[] bytes) {
    try {
      ReferenceValues values = ReferenceValues.parseUnsigned(bytes, "release");
      assertEquals(values, ReferenceValues.parseUnsigned(values.toJson(), "ignored"));
    } catch (ReferenceValuesException e) {
      // What it is for.
    }
    try {
      VERIFIER.verify(bytes);
    } catch (ReferenceValuesException e) {
      // What it is for.
    }
    try {
      assertArrayEquals(PAYLOAD, TRUSTED.verify(bytes).payload());
    } catch (ReferenceValuesException e) {
      // What it is for.
    }
  }
}
