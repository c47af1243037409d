package io.treza.attestation;

import java.util.Random;

/** Small random damage to a string of bytes: the kinds that a mutation fuzzer tries first. */
final class Damage {
  private Damage() {}

  /** A changed copy; the same generator state gives the same change. */
  static byte[] of(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    int length = Math.min(1 + random.nextInt(4), bytes.length - at);
    return switch (random.nextInt(5)) {
      case 0 -> replaced(bytes, at, 1, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
      case 1 -> replaced(bytes, at, 1, (byte) random.nextInt(256));
      case 2 -> replaced(bytes, at, length);
      case 3 -> replaced(bytes, at, 0, (byte) random.nextInt(256));
      default -> replaced(bytes, at, 0, copy(bytes, at, length));
    };
  }

  private static byte[] replaced(byte[] bytes, int at, int length, byte... by) {
    byte[] changed = new byte[bytes.length - length + by.length];
    System.arraycopy(bytes, 0, changed, 0, at);
    System.arraycopy(by, 0, changed, at, by.length);
    System.arraycopy(bytes, at + length, changed, at + by.length, bytes.length - at - length);
    return changed;
  }

  private static byte[] copy(byte[] bytes, int at, int length) {
    byte[] part = new byte[length];
    System.arraycopy(bytes, at, part, 0, length);
    return part;
  }
}
