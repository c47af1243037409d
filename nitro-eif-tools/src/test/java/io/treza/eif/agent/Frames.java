package io.treza.eif.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** The frames of {@code docs/enclave-init.md}. */
final class Frames {
  static final int REGISTER = 1;
  static final int ATTEST = 2;
  static final int ATTEST_WITH = 3;
  static final int RANDOM = 4;
  static final int DESCRIBE = 5;
  static final int EXTEND = 6;
  static final int LOCK = 7;

  static final byte[] NONE = {};

  private Frames() {}

  /** As somebody outside sends it. */
  static byte[] remote(byte[] nonce) {
    return remote(nonce.length, nonce);
  }

  /** One that may lie about the nonce's length. */
  static byte[] remote(int length, byte[] nonce) {
    return ByteBuffer.allocate(518)
        .put(bytes("TZA1"))
        .putShort((short) length)
        .put(nonce)
        .array();
  }

  /** As the workload sends it. */
  static byte[] local(int kind, int index, byte[] nonce, byte[] publicKey, byte[] userData) {
    return ByteBuffer.allocate(12 + nonce.length + publicKey.length + userData.length)
        .put(bytes("TZL1"))
        .put((byte) kind)
        .put((byte) index)
        .putShort((short) nonce.length)
        .putShort((short) publicKey.length)
        .putShort((short) userData.length)
        .put(nonce)
        .put(publicKey)
        .put(userData)
        .array();
  }

  static byte[] register(byte[] publicKey, byte[] userData) {
    return local(REGISTER, 0, NONE, publicKey, userData);
  }

  static byte[] attest(byte[] nonce) {
    return local(ATTEST, 0, nonce, NONE, NONE);
  }

  static byte[] attestWith(byte[] nonce, byte[] publicKey, byte[] userData) {
    return local(ATTEST_WITH, 0, nonce, publicKey, userData);
  }

  static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }
}
