package io.treza.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.internal.reference.Statement;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written is read as it was, and equal values are equal bytes. */
class RoundTripTest {
  @Test
  void readsBackWhatItWroteForAnyValues() throws ReferenceValuesException {
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      ReferenceValues values = Samples.random(random);
      byte[] json = values.toJson();
      ReferenceValues read = ReferenceValues.parseUnsigned(json, "ignored");
      assertEquals(values, read);
      assertArrayEquals(json, read.toJson());
    }
  }

  @Test
  void readsBackStatementsForAnyValues() throws ReferenceValuesException {
    Random random = new Random(8);
    int statements = 0;
    while (statements < 200) {
      ReferenceValues values = Samples.random(random);
      if (values.releases().stream()
          .anyMatch(r -> r.eif().isPresent() || r.image().isPresent())) {
        assertEquals(values, Statement.read(values.toStatement()));
        statements++;
      } else {
        assertThrows(IllegalArgumentException.class, values::toStatement);
      }
    }
  }

  @Test
  void writesTheSameBytesForEqualValues() {
    byte[] json = Samples.complete().toJson();
    assertArrayEquals(json, Samples.complete().toBuilder().build().toJson());
    assertArrayEquals(
        json,
        Samples.complete().toBuilder()
            .releases(Collections.singleton(
                Samples.complete().releases().get(0).toBuilder().build()))
            .build()
            .toJson());
  }

  /** The one place where the bytes themselves stand, for those who read or compare files. */
  @Test
  void writesThisFile() {
    ReferenceValues values = ReferenceValues.builder("payments")
        .sequence(7)
        .issuedAt(Instant.parse("2026-01-10T08:00:00.999Z"))
        .expiresAt(Instant.parse("2026-04-10T08:00:00Z"))
        .release(Samples.measurements())
        .build();
    String expected = """
        {
          "version": 1,
          "platform": "aws-nitro-enclaves",
          "application": "payments",
          "sequence": 7,
          "issuedAt": "2026-01-10T08:00:00Z",
          "expiresAt": "2026-04-10T08:00:00Z",
          "PCR0": "A",
          "PCR1": "B",
          "PCR2": "C",
          "measurements": [
            {
              "release": "v1.2.3",
              "status": "active",
              "pcrs": {
                "PCR0": "A",
                "PCR1": "B",
                "PCR2": "C",
                "PCR8": "D"
              }
            }
          ]
        }
        """;
    assertEquals(
        expected
            .replace("\"A\"", "\"" + "a0".repeat(48) + "\"")
            .replace("\"B\"", "\"" + "a1".repeat(48) + "\"")
            .replace("\"C\"", "\"" + "a2".repeat(48) + "\"")
            .replace("\"D\"", "\"" + "a8".repeat(48) + "\""),
        Samples.text(values.toJson()));
  }

  @Test
  void repeatsPcrsAtTheTopOnlyForOneActiveRelease() {
    Release release = Samples.release().build();
    for (ReleaseStatus status : ReleaseStatus.values()) {
      String one = Samples.text(Samples.complete().toBuilder()
          .releases(Arrays.asList(release.withStatus(status)))
          .build()
          .toJson());
      assertEquals(status == ReleaseStatus.ACTIVE, one.contains("\n  \"PCR0\""), one);
    }
    String two =
        Samples.text(Samples.complete().toBuilder().release(release).build().toJson());
    assertFalse(two.contains("\n  \"PCR0\""), two);
    assertTrue(two.contains("\n        \"PCR0\""), two);
  }
}
