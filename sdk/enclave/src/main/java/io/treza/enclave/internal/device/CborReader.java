package io.treza.enclave.internal.device;

import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads the few items of CBOR that the NSM answers with, and nothing else. */
final class CborReader {
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int MAP = 5;
  private static final int INDEFINITE_MAP = 0xbf;
  private static final int BREAK = 0xff;
  private static final int FALSE = 0xf4;
  private static final int TRUE = 0xf5;

  private final ByteBuffer in;

  CborReader(byte[] item) {
    this.in = ByteBuffer.wrap(item);
  }

  boolean isText() {
    return in.hasRemaining() && Byte.toUnsignedInt(in.get(in.position())) >> 5 == TEXT;
  }

  /**
   * Begins a map of so many entries; the NSM has written maps of definite and, since 2025, of
   * indefinite length.
   *
   * @return whether it ends with a break
   */
  boolean beginMap(int entries) throws ProtocolException {
    if (in.hasRemaining() && Byte.toUnsignedInt(in.get(in.position())) == INDEFINITE_MAP) {
      in.get();
      return true;
    }
    int found = head(MAP);
    if (found != entries) {
      throw unexpected("a map of " + found + " entries instead of " + entries);
    }
    return false;
  }

  void endMap(boolean indefinite) throws ProtocolException {
    if (indefinite && next() != BREAK) {
      throw unexpected("a map that goes on");
    }
  }

  String text() throws ProtocolException {
    return new String(string(TEXT), StandardCharsets.UTF_8);
  }

  byte[] bytes() throws ProtocolException {
    return string(BYTES);
  }

  boolean bool() throws ProtocolException {
    int value = next();
    if (value != TRUE && value != FALSE) {
      throw unexpected("no boolean");
    }
    return value == TRUE;
  }

  void end() throws ProtocolException {
    if (in.hasRemaining()) {
      throw unexpected("something behind the answer");
    }
  }

  ProtocolException unexpected(String what) {
    return new ProtocolException(
        "the NSM's answer has " + what + " before byte " + in.position() + " of " + in.limit());
  }

  private byte[] string(int major) throws ProtocolException {
    int length = head(major);
    if (length > in.remaining()) {
      throw unexpected("a string that is cut off");
    }
    byte[] value = new byte[length];
    in.get(value);
    return value;
  }

  private int head(int major) throws ProtocolException {
    int first = next();
    if (first >> 5 != major) {
      throw unexpected("an item of another type");
    }
    int form = first & 0x1f;
    if (form < 24) {
      return form;
    }
    if (form > 26) {
      throw unexpected("a length of 64 bits or of none");
    }
    long value = 0;
    for (int i = 0; i < 1 << (form - 24); i++) {
      value = value << 8 | next();
    }
    // Longer than an array can be is longer than what is left.
    return (int) Math.min(value, Integer.MAX_VALUE);
  }

  private int next() throws ProtocolException {
    try {
      return Byte.toUnsignedInt(in.get());
    } catch (BufferUnderflowException e) {
      ProtocolException end = unexpected("an end");
      end.initCause(e);
      throw end;
    }
  }
}
