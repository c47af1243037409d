package io.treza.attestation;

import io.treza.attestation.internal.Text;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/** The value of one platform configuration register: 32, 48 or 64 bytes. Immutable. */
public final class PcrValue {
  /** Bytes of a SHA-384 value, which is what every Nitro enclave measures with. */
  public static final int SHA384_BYTES = 48;

  private final byte[] bytes;

  private PcrValue(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A copy of {@code bytes}.
   *
   * @throws IllegalArgumentException unless there are 32, 48 or 64
   */
  public static PcrValue of(byte[] bytes) {
    if (!isLength(bytes.length)) {
      throw new IllegalArgumentException("a PCR has 32, 48 or 64 bytes, this has " + bytes.length);
    }
    return new PcrValue(bytes.clone());
  }

  /**
   * Reads hexadecimal digits, of either case.
   *
   * @throws IllegalArgumentException if they are not hexadecimal, or not 32, 48 or 64 bytes
   */
  public static PcrValue ofHex(String hex) {
    try {
      return of(HexFormat.of().parseHex(Objects.requireNonNull(hex)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "a PCR is 64, 96 or 128 hexadecimal digits, not " + Text.quoted(hex), e);
    }
  }

  static boolean isLength(int length) {
    return length == 32 || length == 48 || length == 64;
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** How many bytes. */
  public int length() {
    return bytes.length;
  }

  /** Whether every byte is zero: nothing was measured into this register. */
  public boolean isZero() {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PcrValue that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Lower-case hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
