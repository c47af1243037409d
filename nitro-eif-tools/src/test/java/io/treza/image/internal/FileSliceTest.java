package io.treza.image.internal;

import static io.treza.image.Refusal.assertRefused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSliceTest {
  @TempDir
  Path dir;

  private Path file;

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(dir.resolve("f"), "0123456789");
  }

  @Test
  void everyWayOfReadingStopsAtTheEnd() throws IOException {
    FileSlice slice = new FileSlice(file, 0, 9).slice(2, 4);
    try (InputStream in = slice.open()) {
      assertEquals("2345", new String(in.readAllBytes(), US_ASCII));
      assertEquals(-1, in.read());
    }
    try (InputStream in = slice.open()) {
      assertFalse(in.markSupported());
      assertEquals('2', in.read());
      assertEquals(3, in.available());
      assertEquals(3, in.skip(100));
      assertEquals(0, in.available());
      assertEquals(-1, in.read());
    }
  }

  @Test
  void sliceBeyondItsOwnIsRefused() {
    FileSlice slice = new FileSlice(file, 2, 4);
    assertRefused(IndexOutOfBoundsException.class, () -> slice.slice(3, 2), "3 + 2 is beyond 4");
    assertRefused(IndexOutOfBoundsException.class, () -> slice.slice(-1, 2));
    assertRefused(IndexOutOfBoundsException.class, () -> slice.slice(1, Long.MAX_VALUE));
  }

  @Test
  void fileThatShrankIsNoticed() throws IOException {
    try (InputStream in = new FileSlice(file, 8, 4).open()) {
      assertRefused(EOFException.class, in::readAllBytes, "ends 2 bytes early");
    }
  }
}
