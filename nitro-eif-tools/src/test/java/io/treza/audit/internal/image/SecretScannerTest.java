package io.treza.audit.internal.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.internal.image.SecretScanner.Scan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretScannerTest {
  // In parts, so that no scanner stops at this file.
  private static final String KEY_ID = "AK" + "IAQWERTYUIOPASDFGH";
  private static final String PEM =
      "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEAx1x2x3x4x5\n";

  private static Scan scan(SecretScanner scanner, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    scanner.take(bytes, 0, bytes.length);
    return scanner.finish();
  }

  @ParameterizedTest
  @ValueSource(ints = {130_900, 131_040, 131_062, 131_071, 131_072, 132_900, 133_100, 133_200})
  void aSecretAcrossTheBorderOfBuffersIsFoundOnce(int before) {
    SecretScanner scanner = new SecretScanner();
    for (String secret : List.of(KEY_ID, PEM)) {
      for (int shift = 0; shift < 60; shift++) {
        Scan scan = scan(scanner, " ".repeat(before + shift) + secret + " ".repeat(300_000));
        assertEquals(1, scan.hits().size(), secret + " at " + (before + shift));
        assertEquals(before + shift, scan.hits().get(0).offset());
      }
    }
  }

  @Test
  void aSecretReadByManySmallReadsIsFound() {
    SecretScanner scanner = new SecretScanner();
    for (byte b : (" ".repeat(100) + PEM).getBytes(US_ASCII)) {
      scanner.take(new byte[] {b}, 0, 1);
    }
    assertEquals(1, scanner.finish().hits().size());
  }

  @Test
  void aStreamIsReadToItsEnd() throws IOException {
    SecretScanner scanner = new SecretScanner();
    ByteArrayInputStream in =
        new ByteArrayInputStream((" ".repeat(1_000_000) + KEY_ID).getBytes(US_ASCII));
    scanner.take(in);
    assertEquals(0, in.available());
    assertEquals(1_000_000, scanner.finish().hits().get(0).offset());
  }

  @Test
  void halvesInTwoFilesAreNoSecret() {
    SecretScanner scanner = new SecretScanner();
    assertEquals(List.of(), scan(scanner, KEY_ID.substring(0, 10)).hits());
    assertEquals(List.of(), scan(scanner, KEY_ID.substring(10)).hits());
    assertEquals(1, scan(scanner, KEY_ID).hits().size());
  }

  @Test
  void aSecretIsNeverShownWhole() {
    for (String secret : List.of(KEY_ID, PEM)) {
      String shown = scan(new SecretScanner(), secret).hits().get(0).shown();
      assertFalse(shown.contains(secret.substring(0, 5)), shown);
    }
  }

  @Test
  void theHeaderOfAKeyAloneAsInLibrariesIsNoKey() {
    assertEquals(
        List.of(),
        scan(
                new SecretScanner(),
                "-----BEGIN RSA PRIVATE " + "KEY-----\0-----BEGIN EC PRIVATE " + "KEY-----\0")
            .hits());
  }

  @Test
  void aFileFullOfAnchorsIsGivenUpAndSaidSo() {
    SecretScanner scanner = new SecretScanner();
    String hostile = "AKIA".repeat(1_000_000);
    assertFalse(scan(scanner, hostile).complete());
    assertTrue(scan(scanner, KEY_ID).complete());
  }

  @Test
  void onlyTheFirstOfManySecretsAreListed() {
    Scan scan = scan(new SecretScanner(), (KEY_ID + " ").repeat(1000));
    assertTrue(scan.hits().size() <= 10, scan::toString);
    assertTrue(scan.complete());
  }
}
