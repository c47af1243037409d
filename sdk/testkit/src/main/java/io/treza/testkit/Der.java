package io.treza.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Writes ASN.1 in DER (X.690) one value at a time, so that certificates can also be wrong in ways
 * the libraries refuse to write: duplicate extensions, odd lengths, mismatched algorithms.
 *
 * <p>Each method returns one encoded value; constructed values take encoded values.
 */
public final class Der {
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT);
  private static final DateTimeFormatter GENERALIZED_TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT);

  private Der() {}

  /** A value with any identifier octet; the contents are the given bytes one after another. */
  public static byte[] value(int identifier, byte[]... contents) {
    byte[] content = Cbor.concat(contents);
    return Cbor.concat(new byte[] {(byte) identifier}, length(content.length), content);
  }

  private static byte[] length(int length) {
    if (length < 0x80) {
      return new byte[] {(byte) length};
    }
    int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
    byte[] digits = unsigned(BigInteger.valueOf(length), octets);
    return Cbor.concat(new byte[] {(byte) (0x80 | octets)}, digits);
  }

  /**
   * The same value with one more length octet than needed: BER, but not DER (X.690, 10.1).
   *
   * @param der a value with a one-octet identifier
   */
  public static byte[] overlongLength(byte[] der) {
    int old = der[1] & 0xff;
    int digits = old < 0x80 ? 0 : old - 0x80;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(der[0]);
    out.write(digits == 0 ? 0x81 : old + 1);
    out.write(digits == 0 ? old : 0);
    out.write(der, 2, der.length - 2);
    return out.toByteArray();
  }

  /** SEQUENCE. */
  public static byte[] sequence(byte[]... values) {
    return value(0x30, values);
  }

  /** SET; the caller gives the order. */
  public static byte[] set(byte[]... values) {
    return value(0x31, values);
  }

  /** BOOLEAN. */
  public static byte[] bool(boolean value) {
    return value(0x01, new byte[] {(byte) (value ? 0xff : 0)});
  }

  /** INTEGER. */
  public static byte[] integer(BigInteger value) {
    return value(0x02, value.toByteArray());
  }

  /** INTEGER. */
  public static byte[] integer(long value) {
    return integer(BigInteger.valueOf(value));
  }

  /** BIT STRING of whole bytes. */
  public static byte[] bitString(byte[] content) {
    return value(0x03, new byte[1], content);
  }

  /** BIT STRING with a named bit list: no trailing zero bits (X.690, 11.2.2); bit 0 comes first. */
  public static byte[] namedBits(int... bits) {
    int highest = -1;
    for (int bit : bits) {
      highest = Math.max(highest, bit);
    }
    byte[] content = new byte[highest / 8 + 1];
    for (int bit : bits) {
      content[bit / 8] |= (byte) (0x80 >>> (bit % 8));
    }
    return highest < 0
        ? value(0x03, new byte[1])
        : value(0x03, new byte[] {(byte) (7 - highest % 8)}, content);
  }

  /** OCTET STRING. */
  public static byte[] octetString(byte[] content) {
    return value(0x04, content);
  }

  /** NULL. */
  public static byte[] nullValue() {
    return value(0x05);
  }

  /** OBJECT IDENTIFIER, from its dotted form. */
  public static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.", -1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeArc(out, Long.parseLong(arcs[0]) * 40 + Long.parseLong(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      writeArc(out, Long.parseLong(arcs[i]));
    }
    return value(0x06, out.toByteArray());
  }

  private static void writeArc(ByteArrayOutputStream out, long arc) {
    int groups = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(arc) + 6) / 7);
    for (int i = groups - 1; i >= 0; i--) {
      out.write(((int) (arc >>> (7 * i)) & 0x7f) | (i == 0 ? 0 : 0x80));
    }
  }

  /** UTF8String. */
  public static byte[] utf8String(String content) {
    return value(0x0c, content.getBytes(UTF_8));
  }

  /** PrintableString. */
  public static byte[] printableString(String content) {
    return value(0x13, content.getBytes(US_ASCII));
  }

  /** UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5); fractions are cut. */
  public static byte[] time(Instant instant) {
    ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
    return utc.getYear() < 2050
        ? value(0x17, UTC_TIME.format(utc).getBytes(US_ASCII))
        : value(0x18, GENERALIZED_TIME.format(utc).getBytes(US_ASCII));
  }

  /** A constructed, context-specific value: {@code [number]} around encoded values. */
  public static byte[] tagged(int number, byte[]... values) {
    return value(0xa0 | number, values);
  }

  /** Big-endian, without a sign octet, in exactly this many bytes; the value must fit. */
  static byte[] unsigned(BigInteger value, int size) {
    byte[] signed = value.toByteArray();
    int from = Math.max(0, signed.length - size);
    byte[] padded = new byte[size];
    System.arraycopy(signed, from, padded, size - signed.length + from, signed.length - from);
    return padded;
  }
}
