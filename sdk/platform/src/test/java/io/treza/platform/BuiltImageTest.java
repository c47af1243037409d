package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.PcrValue;
import io.treza.eif.EifMeasurements;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was built is read back as it was written, or not at all. */
class BuiltImageTest {
  private static final String SHA256 = "0f".repeat(32);
  private static final BuiltImage IMAGE =
      BuiltImage.of(SHA256, new EifMeasurements("a0".repeat(48), "a1".repeat(48), "a2".repeat(48)));

  @Test
  void isReadBackAsItWasWritten() {
    assertEquals(IMAGE, BuiltImage.ofText(IMAGE.text()));
    assertEquals(Set.of(0, 1, 2), IMAGE.pcrs().keySet());
    assertTrue(IMAGE.text().startsWith(SHA256 + " 0=a0a0"), IMAGE.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " 0=a0",
        "0f 0=a0",
        "SHA 0=PCR 1=PCR 2=PCR 3",
        "SHA 0=PCR 1=PCR",
        "SHA 0=PCR 1=PCR 2=a2",
        "SHA 0=PCR 1=PCR x=PCR"
      })
  void isNotReadFromAnythingElse(String text) {
    String full = text.replace("SHA", SHA256).replace("PCR", "a0".repeat(48));
    assertThrows(IllegalArgumentException.class, () -> BuiltImage.ofText(full));
  }

  @Test
  void showsZerosInDebugMode() {
    assertEquals(IMAGE.pcrs(), IMAGE.pcrs(false));
    assertEquals(PcrValue.of(new byte[48]), IMAGE.pcrs(true).get(2));
    assertEquals(Set.of(0, 1, 2), IMAGE.pcrs(true).keySet());
  }
}
