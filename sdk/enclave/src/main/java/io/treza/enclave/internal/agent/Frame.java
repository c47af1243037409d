package io.treza.enclave.internal.agent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A request as the agent's local socket takes it: twelve bytes, then the fields. */
final class Frame {
  private static final byte[] MAGIC = "TZL1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = 12;
  private static final byte[] NONE = {};

  /** What is asked for, with the agent's number for it. */
  enum Kind {
    REGISTER(1),
    ATTEST(2),
    ATTEST_WITH(3),
    RANDOM(4),
    DESCRIBE(5),
    EXTEND(6),
    LOCK(7);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  private final Kind kind;
  private final byte[] bytes;

  private Frame(Kind kind, int pcr, byte[] nonce, byte[] publicKey, byte[] userData) {
    this.kind = kind;
    this.bytes = ByteBuffer.allocate(HEAD_BYTES + nonce.length + publicKey.length + userData.length)
        .put(MAGIC)
        .put((byte) kind.number)
        .put((byte) pcr)
        .putShort((short) nonce.length)
        .putShort((short) publicKey.length)
        .putShort((short) userData.length)
        .put(nonce)
        .put(publicKey)
        .put(userData)
        .array();
  }

  static Frame register(byte[] publicKey, byte[] userData) {
    return new Frame(Kind.REGISTER, 0, NONE, publicKey, userData);
  }

  static Frame attest(byte[] nonce) {
    return new Frame(Kind.ATTEST, 0, nonce, NONE, NONE);
  }

  static Frame attestWith(byte[] nonce, byte[] publicKey, byte[] userData) {
    return new Frame(Kind.ATTEST_WITH, 0, nonce, publicKey, userData);
  }

  static Frame random() {
    return new Frame(Kind.RANDOM, 0, NONE, NONE, NONE);
  }

  static Frame describe(int pcr) {
    return new Frame(Kind.DESCRIBE, pcr, NONE, NONE, NONE);
  }

  static Frame extend(int pcr, byte[] data) {
    return new Frame(Kind.EXTEND, pcr, NONE, NONE, data);
  }

  static Frame lock(int pcr) {
    return new Frame(Kind.LOCK, pcr, NONE, NONE, NONE);
  }

  Kind kind() {
    return kind;
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes);
  }

  /** Whether these bytes begin as the agent's answers on this socket do. */
  static boolean isAnswer(byte[] magic) {
    return Arrays.equals(magic, MAGIC);
  }
}
