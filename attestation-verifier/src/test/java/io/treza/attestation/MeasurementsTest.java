package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins that are empty, zero, short, missing or doubled cannot be built. */
class MeasurementsTest {
  private static final String A = "ab".repeat(48);
  private static final String ZERO = "00".repeat(48);

  @ParameterizedTest
  @ValueSource(strings = {"", "ab", "zz", "0x", "abc", " "})
  void refusesWhatIsNoMeasurement(String hex) {
    String padded = hex.equals("zz") ? "zz".repeat(48) : hex;
    for (int i = 0; i < 3; i++) {
      String[] pcrs = {A, A, A};
      pcrs[i] = padded;
      IllegalArgumentException e = assertThrows(
          IllegalArgumentException.class, () -> Measurements.of(pcrs[0], pcrs[1], pcrs[2]));
      assertTrue(String.valueOf(e.getMessage()).startsWith("PCR" + i), e.getMessage());
    }
  }

  @Test
  void refusesZero() {
    assertThrows(IllegalArgumentException.class, () -> Measurements.of(ZERO, A, A));
    assertThrows(IllegalArgumentException.class, () -> Measurements.of(A, ZERO, A));
    assertThrows(IllegalArgumentException.class, () -> Measurements.of(A, A, ZERO));
    assertThrows(IllegalArgumentException.class, () -> Measurements.builder().pcr(8, ZERO));
  }

  @Test
  void refusesOtherHashLengths() {
    assertThrows(
        IllegalArgumentException.class, () -> Measurements.builder().pcr(0, "ab".repeat(32)));
    assertThrows(
        IllegalArgumentException.class, () -> Measurements.builder().pcr(0, "ab".repeat(64)));
  }

  @Test
  void refusesMissingOnes() {
    for (int missing = 0; missing <= 2; missing++) {
      Measurements.Builder builder = Measurements.builder().pcr(8, A);
      for (int i = 0; i <= 2; i++) {
        if (i != missing) {
          builder.pcr(i, A);
        }
      }
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
      assertTrue(String.valueOf(e.getMessage()).startsWith("PCR" + missing), e.getMessage());
    }
  }

  @Test
  void refusesDuplicatesAndUnknownRegisters() {
    Measurements.Builder builder = Measurements.builder().pcr(0, A);
    assertThrows(IllegalArgumentException.class, () -> builder.pcr(0, A));
    assertThrows(IllegalArgumentException.class, () -> builder.pcr(-1, A));
    assertThrows(IllegalArgumentException.class, () -> builder.pcr(32, A));
    builder.pcr(31, A);
  }

  @Test
  void readsEitherCase() {
    assertEquals(Measurements.of(A, A, A), Measurements.of(A.toUpperCase(Locale.ROOT), A, A));
  }

  @Test
  void isAValue() {
    Measurements measurements =
        Measurements.builder().release("1.0").pcr(0, A).pcr(1, A).pcr(2, A).build();
    assertEquals("1.0", measurements.release());
    assertEquals(3, measurements.pcrs().size());
    assertThrows(UnsupportedOperationException.class, () -> measurements.pcrs().clear());
    assertNotEquals(Measurements.of(A, A, A), measurements);
    assertNotEquals(Measurements.of(A, A, "cd".repeat(48)), Measurements.of(A, A, A));
    assertEquals(Measurements.of(A, A, A).hashCode(), Measurements.of(A, A, A).hashCode());
    assertTrue(measurements.toString().startsWith("1.0: PCR0=" + A), measurements.toString());
    assertTrue(Measurements.of(A, A, A).toString().startsWith("PCR0=" + A));
  }

  @Test
  void builderUsedAgainDoesNotChangeWhatItBuilt() {
    Measurements.Builder builder = Measurements.builder().pcr(0, A).pcr(1, A).pcr(2, A);
    Measurements built = builder.build();
    builder.pcr(8, A);
    assertEquals(3, built.pcrs().size());
  }

  @Test
  void matchesAsAWhole() {
    PcrValue a = PcrValue.ofHex(A);
    Measurements pinned = Measurements.of(A, A, A);
    assertTrue(pinned.matches(Map.of(0, a, 1, a, 2, a, 3, a)));
    assertFalse(pinned.matches(Map.of(0, a, 1, a)));
    assertFalse(pinned.matches(Map.of()));
  }

  @Test
  void pcrValueCopiesInAndOut() {
    byte[] bytes = new byte[48];
    bytes[47] = 1;
    PcrValue value = PcrValue.of(bytes);
    bytes[47] = 0;
    assertFalse(value.isZero());
    value.toByteArray()[47] = 0;
    assertFalse(value.isZero());
    assertArrayEquals(value.toByteArray(), PcrValue.ofHex(value.toString()).toByteArray());
    assertEquals(48, value.length());
    assertTrue(PcrValue.of(bytes).isZero());
    assertNotEquals(value, PcrValue.of(bytes));
    assertEquals(value.hashCode(), PcrValue.ofHex(value.toString()).hashCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 33, 47, 49, 63, 65})
  void pcrValueRefusesOtherLengths(int length) {
    assertThrows(IllegalArgumentException.class, () -> PcrValue.of(new byte[length]));
  }
}
