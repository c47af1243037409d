package io.treza.enclave.internal.device;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the few items of CBOR (RFC 8949, section 3) that requests to the NSM are made of. */
final class Cbor {
  private static final int UNSIGNED = 0;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int MAP = 5;
  private static final int NULL = 0xf6;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Cbor map(int entries) {
    return head(MAP, entries);
  }

  Cbor text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(TEXT, utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  Cbor unsigned(int value) {
    return head(UNSIGNED, value);
  }

  Cbor bytes(byte[] value) {
    head(BYTES, value.length);
    out.writeBytes(value);
    return this;
  }

  /** Null for a field of no bytes. */
  Cbor optional(byte[] value) {
    if (value.length > 0) {
      return bytes(value);
    }
    out.write(NULL);
    return this;
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }

  /** In the shortest form; nothing here is longer than 16 bits can say. */
  private Cbor head(int major, int value) {
    if (value < 24) {
      out.write(major << 5 | value);
    } else if (value < 0x100) {
      out.write(major << 5 | 24);
      out.write(value);
    } else {
      out.write(major << 5 | 25);
      out.write(value >> 8);
      out.write(value);
    }
    return this;
  }
}
