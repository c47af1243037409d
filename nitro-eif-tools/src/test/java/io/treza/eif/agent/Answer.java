package io.treza.eif.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** What the agent answered. */
record Answer(byte[] magic, int status, byte[] content) {
  static final int OK = 0;
  static final int BAD_REQUEST = 1;
  static final int TRY_LATER = 2;
  static final int NSM_FAILED = 3;
  static final int NOT_HOLDER = 4;
  static final int NOT_WORKLOAD = 5;

  /** The content as the fake NSM's document, and nothing after it. */
  Document document() {
    assertEquals(OK, status);
    ByteBuffer in = ByteBuffer.wrap(content);
    Document document = new Document(field(in), field(in), field(in));
    assertEquals(0, in.remaining());
    return document;
  }

  private static Optional<byte[]> field(ByteBuffer in) {
    int length = Short.toUnsignedInt(in.getShort());
    if (length == 0xffff) {
      return Optional.empty();
    }
    byte[] value = new byte[length];
    in.get(value);
    return Optional.of(value);
  }

  /** What the fake NSM was asked to attest. */
  record Document(Optional<byte[]> userData, Optional<byte[]> nonce, Optional<byte[]> publicKey) {
    /** Whether it carries just this. */
    boolean is(byte[] expectedNonce, byte[] expectedKey, byte[] expectedUserData) {
      return is(nonce, expectedNonce)
          && is(publicKey, expectedKey)
          && is(userData, expectedUserData);
    }

    private static boolean is(Optional<byte[]> field, byte[] expected) {
      return Arrays.equals(field.orElse(new byte[0]), expected);
    }
  }
}
