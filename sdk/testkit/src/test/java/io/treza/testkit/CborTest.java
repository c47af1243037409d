package io.treza.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CborTest {
  private static void assertHex(String expected, byte[] item) {
    assertEquals(expected, HexFormat.of().formatHex(item));
  }

  /** RFC 8949, appendix A. */
  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "23, 17",
    "24, 1818",
    "100, 1864",
    "255, 18ff",
    "256, 190100",
    "1000, 1903e8",
    "65536, 1a00010000",
    "1000000, 1a000f4240",
    "1000000000000, 1b000000e8d4a51000",
    "-1, 20",
    "-10, 29",
    "-100, 3863",
    "-1000, 3903e7"
  })
  void integersTakeTheFewestBytes(long value, String hex) {
    assertHex(hex, Cbor.integer(value));
  }

  @ParameterizedTest
  @CsvSource({"ONE, 1801", "TWO, 190001", "FOUR, 1a00000001", "EIGHT, 1b0000000000000001"})
  void anIntegerTakesTheWidthAskedFor(Cbor.Width width, String hex) {
    assertHex(hex, Cbor.integer(1, width));
  }

  @Test
  void aValueThatDoesNotFitTheWidthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Cbor.integer(256, Cbor.Width.ONE));
    assertThrows(IllegalArgumentException.class, () -> Cbor.integer(-257, Cbor.Width.ONE));
  }

  /** RFC 8949, appendix A. */
  @Test
  void definiteItemsAreThoseOfTheSpecification() {
    assertHex("40", Cbor.bytes(new byte[0]));
    assertHex("4401020304", Cbor.bytes(new byte[] {1, 2, 3, 4}));
    assertHex("6449455446", Cbor.text("IETF"));
    assertHex("83010203", Cbor.array(Cbor.integer(1), Cbor.integer(2), Cbor.integer(3)));
    assertHex(
        "a201020304", Cbor.map(Cbor.integer(1), Cbor.integer(2), Cbor.integer(3), Cbor.integer(4)));
    assertHex("c11a514b67b0", Cbor.tag(1, Cbor.integer(1363896240)));
    assertHex("f5", Cbor.simple(21));
    assertHex("f6", Cbor.nullValue());
    assertHex("f8ff", Cbor.simple(255));
  }

  /** RFC 8949, appendix A. */
  @Test
  void indefiniteItemsAreThoseOfTheSpecification() {
    assertHex("5f42010243030405ff", Cbor.chunkedBytes(new byte[] {1, 2}, new byte[] {3, 4, 5}));
    assertHex("7f657374726561646d696e67ff", Cbor.chunkedText("strea", "ming"));
    assertHex("9fff", Cbor.indefiniteArray());
    assertHex("bf6346756ef5ff", Cbor.indefiniteMap(Cbor.text("Fun"), Cbor.simple(21)));
  }

  @Test
  void stringLengthsTakeTheWidthAskedFor() {
    assertHex("58017f", Cbor.bytes(new byte[] {0x7f}, Cbor.Width.ONE));
    assertHex("790001ff", Cbor.text(new byte[] {(byte) 0xff}, Cbor.Width.TWO));
  }

  @Test
  void aMapKeepsDuplicatesButNeedsAValueForEachKey() {
    assertHex(
        "a201010101", Cbor.map(Cbor.integer(1), Cbor.integer(1), Cbor.integer(1), Cbor.integer(1)));
    assertThrows(IllegalArgumentException.class, () -> Cbor.map(Cbor.integer(1)));
    assertThrows(IllegalArgumentException.class, () -> Cbor.indefiniteMap(Cbor.integer(1)));
  }
}
