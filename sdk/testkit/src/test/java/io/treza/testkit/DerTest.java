package io.treza.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DerTest {
  private static void assertHex(String expected, byte[] value) {
    assertEquals(expected, HexFormat.of().formatHex(value));
  }

  @ParameterizedTest
  @CsvSource({
    "2.5.29.19, 0603551d13",
    "1.2.840.10045.4.3.3, 06082a8648ce3d040303",
    "2.999.0, 0603883700"
  })
  void objectIdentifiersArePackedInGroupsOfSevenBits(String dotted, String hex) {
    assertHex(hex, Der.oid(dotted));
  }

  @Test
  void integersAreSignedAndShortest() {
    assertHex("020100", Der.integer(0));
    assertHex("02020080", Der.integer(128));
    assertHex("0201ff", Der.integer(-1));
    assertHex("0209010000000000000000", Der.integer(BigInteger.ONE.shiftLeft(64)));
  }

  /** X.690, 11.2.2: trailing zero bits are dropped; the examples are AWS's key usages. */
  @Test
  void namedBitsDropTrailingZeros() {
    assertHex("03020186", Der.namedBits(0, 5, 6));
    assertHex("03020204", Der.namedBits(5));
    assertHex("030206c0", Der.namedBits(0, 1));
    assertHex("0303070080", Der.namedBits(8));
    assertHex("030100", Der.namedBits());
  }

  /** RFC 5280, 4.1.2.5, whatever the default locale and zone. */
  @Test
  void timesTurnFromUtcToGeneralizedIn2050() {
    assertEquals(
        "491231235959Z",
        new String(body(Der.time(Instant.parse("2049-12-31T23:59:59.9Z"))), UTF_8));
    assertEquals(
        "20500101000000Z",
        new String(body(Der.time(Instant.parse("2050-01-01T00:00:00Z"))), UTF_8));
    assertEquals(0x17, Der.time(Instant.parse("2049-12-31T23:59:59Z"))[0]);
    assertEquals(0x18, Der.time(Instant.parse("2050-01-01T00:00:00Z"))[0]);
  }

  private static byte[] body(byte[] value) {
    return Arrays.copyOfRange(value, 2, value.length);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 127, 128, 255, 256, 65536})
  void lengthsTakeTheFewestOctetsUnlessOneMoreIsAskedFor(int size) {
    byte[] der = Der.octetString(new byte[size]);
    byte[] ber = Der.overlongLength(der);
    String digits = Integer.toHexString(size);
    String even = digits.length() % 2 == 0 ? digits : "0" + digits;
    String octets = HexFormat.of().toHexDigits((byte) (0x80 + even.length() / 2));
    String shortest = size < 128 ? even : octets + even;
    String longer = size < 128
        ? "81" + even
        : HexFormat.of().toHexDigits((byte) (0x81 + even.length() / 2)) + "00" + even;
    assertEquals("04" + shortest + "00".repeat(size), HexFormat.of().formatHex(der));
    assertEquals("04" + longer + "00".repeat(size), HexFormat.of().formatHex(ber));
  }
}
