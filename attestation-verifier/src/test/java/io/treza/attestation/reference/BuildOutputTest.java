package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Measurements;
import io.treza.testsupport.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measurements as builds print them are read as the one release of values that never expire. */
class BuildOutputTest {
  private static final String A = "a1".repeat(48);
  private static final String B = "b2".repeat(48);
  private static final String C = "c3".repeat(48);

  @Test
  void becomesOneActiveReleaseThatNeverExpires() throws ReferenceValuesException {
    ReferenceValues read = ReferenceValues.parseUnsigned(
        Samples.utf8(flat("\"PCR0\": \"" + A + "\"", "PCR1", B, "PCR2", C)), "release.json");
    ReferenceValues expected = ReferenceValues.builder("release.json")
        .release(Measurements.builder()
            .release("release.json")
            .pcr(0, A)
            .pcr(1, B)
            .pcr(2, C)
            .build())
        .build();
    assertEquals(expected, read);
    assertEquals(0, read.sequence());
    assertEquals(ReferenceValues.NEVER, read.expiresAt());
    assertEquals(ReleaseStatus.ACTIVE, read.releases().get(0).status());
  }

  @Test
  void readsWhatNitroCliPrints() throws ReferenceValuesException {
    Measurements read = parse("""
            {"Measurements": {"HashAlgorithm": "Sha384 { ... }",
              "PCR0": "%s", "PCR1": "%s", "PCR2": "%s", "PCR8": "%s"}}
            """.formatted(A, B, C, A));
    assertEquals(Set.of(0, 1, 2, 8), read.pcrs().keySet());
    assertEquals("release.json", read.release());
  }

  @Test
  void theDigestsOfWhatAnEnclaveBootsWithAreRecorded() throws ReferenceValuesException {
    String init = "sha256:" + "ab".repeat(32);
    String json = """
        {"Measurements": {"PCR0": "%s", "PCR1": "%s", "PCR2": "%s"}, "BlobDigests": {"init": "%s"}}
        """.formatted(A, B, C, init);
    Release release = ReferenceValues.parseUnsigned(Samples.utf8(json), "release.json")
        .releases()
        .get(0);
    assertEquals(Map.of("init", init), release.blobs());
    assertThrows(
        ReferenceValuesException.class,
        () -> ReferenceValues.parseUnsigned(
            Samples.utf8(json.replace("sha256:", "sha1:")), "release.json"));
  }

  @Test
  void readsTheFlatFormInEitherCase() throws ReferenceValuesException {
    Measurements read = parse(flat("\"PCR0\": \"" + "A1".repeat(48) + "\"", "PCR1", B, "PCR2", C));
    assertEquals(Measurements.of(A, B, C).pcrs(), read.pcrs());
  }

  @Test
  void readsWhatTheReferenceImplementationPrinted() throws Exception {
    Path golden = Requirement.shared("eif/golden");
    for (String file : List.of(
        "g1-x86-unsigned.pcrs.json",
        "g1-x86-unsigned.describe.json",
        "g3-x86-signed384-three-ramdisks.pcrs.json")) {
      Measurements read = parse(Files.readAllBytes(golden.resolve(file)), file);
      assertTrue(read.pcrs().keySet().containsAll(Set.of(0, 1, 2)), file);
    }
  }

  @Test
  void refusesMeasurementsOfAnotherHash() throws Exception {
    Path golden = Requirement.shared("eif/golden");
    for (String file : List.of("g8-sha256.pcrs.json", "g8-sha512.pcrs.json")) {
      byte[] json = Files.readAllBytes(golden.resolve(file));
      ReferenceValuesException e =
          assertThrows(ReferenceValuesException.class, () -> parse(json, file));
      assertTrue(e.getMessage().startsWith("HashAlgorithm: "), e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | expected a JSON object",
        "[] | expected a JSON object",
        "{\"Measurements\": 1} | Measurements: expected a JSON object",
        "{} | PCR0 is missing",
        "{\"PCR0\": \"a\" | not JSON",
        "{\"PCR0\": \"AA\"} {} | not JSON",
        "{\"PCR0\": 1} | PCR0: expected text",
        "{\"PCR0\": \"abcd\"} | PCR0: a PCR is",
        "{\"PCR0\": \"\"} | PCR0: a PCR is",
        "{\"PCR32\": \"AA\"} | PCR32 is not understood",
        "{\"PCR01\": \"AA\"} | PCR01 is not understood",
        "{\"pcr0\": \"AA\"} | pcr0 is not understood",
        "{\"PCR0\": \"AA\", \"PCR0\": \"AA\"} | not JSON with each key once",
        "{\"PCR0\": \"AA\", \"PCR1\": \"AA\"} | PCR2 is missing",
        "{\"PCR0\": \"00\"} | PCR0 is zero",
        "{\"PCR0\": \"BB\"} | PCR0: expected 48 bytes"
      })
  void refusesAndSaysWhatIsWrong(String template, String message) {
    String json = template
        .replace("\"AA\"", '"' + A + '"')
        .replace("\"00\"", '"' + "0".repeat(96) + '"')
        .replace("\"BB\"", '"' + "1".repeat(64) + '"');
    ReferenceValuesException e = assertThrows(ReferenceValuesException.class, () -> parse(json));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  private static String flat(String first, String... pairs) {
    StringBuilder json = new StringBuilder("{" + first);
    for (int i = 0; i < pairs.length; i += 2) {
      json.append(", \"%s\": \"%s\"".formatted(pairs[i], pairs[i + 1]));
    }
    return json.append("}").toString();
  }

  private static Measurements parse(String json) throws ReferenceValuesException {
    return parse(Samples.utf8(json), "release.json");
  }

  private static Measurements parse(byte[] json, String release) throws ReferenceValuesException {
    return ReferenceValues.parseUnsigned(json, release).releases().get(0).measurements();
  }
}
