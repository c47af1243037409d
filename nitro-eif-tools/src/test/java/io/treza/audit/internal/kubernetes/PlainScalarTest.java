package io.treza.audit.internal.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scalars without quotes are what sigs.k8s.io/yaml 1.6.0 makes of them. */
class PlainScalarTest {
  @ParameterizedTest
  @ValueSource(strings = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
  void true_(String text) {
    assertEquals(new Node.Bool(1, true), PlainScalar.of(text, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
  void false_(String text) {
    assertEquals(new Node.Bool(1, false), PlainScalar.of(text, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "null", "Null", "NULL"})
  void nothing(String text) {
    assertEquals(new Node.Null(1), PlainScalar.of(text, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "+0, 0",
    "00, 0",
    "0x0, 0",
    "0b0, 0",
    "0o0, 0",
    "0.0, 0",
    "0_, 0",
    "0e0, 0",
    "1000, 1000",
    "1_000, 1000",
    "1e3, 1000",
    "1E3, 1000",
    "1000.0, 1000",
    "1., 1",
    "+1, 1",
    "08, 8",
    "0755, 493",
    "0o755, 493",
    "-0x10, -16",
    "0B11, 3",
    "9223372036854775807, 9223372036854775807"
  })
  void wholeNumbers(String text, long value) {
    assertEquals(new Node.Numeric(1, text, OptionalLong.of(value)), PlainScalar.of(text, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {".5", "9.5", "1e-1", "9223372036854775808", "1e300"})
  void otherNumbers(String text) {
    assertEquals(new Node.Numeric(1, text, OptionalLong.empty()), PlainScalar.of(text, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yEs",
        "tRue",
        "nULL",
        "0:0",
        "12:30:45",
        "_0",
        "._0",
        "0b2",
        "0x",
        "1e400",
        "1a",
        "-",
        ".",
        "=",
        "2001-01-01",
        "1.2.3"
      })
  void text(String text) {
    assertEquals(new Node.Text(1, text), PlainScalar.of(text, 1));
  }
}
