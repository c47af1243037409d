package io.treza.audit.internal.kubernetes;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a YAML scalar without quotes means to Kubernetes.
 *
 * <p>Kubernetes reads manifests with go-yaml version 2 (through sigs.k8s.io/yaml): YAML 1.1's words
 * for true and false, with {@code y} and {@code n}; Go's numbers, so {@code 010}, {@code 0o10},
 * {@code 0x8} and {@code 8.0} are all eight; no numbers to base sixty.
 */
final class PlainScalar {
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern DIGITS =
      Pattern.compile("[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?");
  private static final int LONGEST_NUMBER = 400;

  private PlainScalar() {}

  static Node of(String text, int line) {
    if (NULL.contains(text)) {
      return new Node.Null(line);
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return new Node.Bool(line, TRUE.contains(text));
    }
    if (text.length() <= LONGEST_NUMBER && "+-.0123456789".indexOf(text.charAt(0)) >= 0) {
      String number = text.startsWith(".") ? text : text.replace("_", "");
      if (DIGITS.matcher(number).matches()) {
        return new Node.Numeric(line, text, whole(integer(number)));
      }
      if (FLOAT.matcher(number).matches() && Double.isFinite(Double.parseDouble(number))) {
        return new Node.Numeric(line, text, whole(number));
      }
    }
    return new Node.Text(line, text);
  }

  /** The value of a number in JSON's notation, if it is whole and fits. */
  static OptionalLong whole(String decimal) {
    try {
      return OptionalLong.of(new BigDecimal(decimal).longValueExact());
    } catch (ArithmeticException fractionOrTooLarge) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong whole(BigInteger value) {
    return value.bitLength() < Long.SIZE
        ? OptionalLong.of(value.longValue())
        : OptionalLong.empty();
  }

  private static BigInteger integer(String text) {
    boolean negative = text.startsWith("-");
    String digits =
        (negative || text.startsWith("+") ? text.substring(1) : text).toLowerCase(Locale.ROOT);
    BigInteger value;
    if (digits.startsWith("0x")) {
      value = new BigInteger(digits.substring(2), 16);
    } else if (digits.startsWith("0b")) {
      value = new BigInteger(digits.substring(2), 2);
    } else if (digits.startsWith("0o")) {
      value = new BigInteger(digits.substring(2), 8);
    } else {
      value = new BigInteger(digits, digits.startsWith("0") ? 8 : 10);
    }
    return negative ? value.negate() : value;
  }
}
