package io.treza.enclave.internal.agent;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** What the agent answers: a status, and the content if the status is {@link #OK}. */
record Answer(int status, byte[] content) {
  static final int OK = 0;
  static final int MALFORMED = 1;
  static final int TRY_LATER = 2;
  static final int NSM_FAILED = 3;
  static final int NOT_HOLDER = 4;
  static final int NOT_WORKLOAD = 5;

  private static final int HEAD_BYTES = 10;
  private static final int MAX_CONTENT_BYTES = 12_288;

  /**
   * Reads one, and nothing behind it.
   *
   * @throws EOFException if the agent hung up before its end
   * @throws ProtocolException if it is none
   */
  static Answer read(ReadableByteChannel from) throws IOException {
    ByteBuffer head = filled(from, HEAD_BYTES);
    byte[] magic = new byte[4];
    head.get(magic);
    int status = Short.toUnsignedInt(head.getShort());
    long length = Integer.toUnsignedLong(head.getInt());
    if (!Frame.isAnswer(magic) || length > MAX_CONTENT_BYTES || (status != OK && length != 0)) {
      throw new ProtocolException("what answers at the agent's socket is no agent of this version");
    }
    return new Answer(status, filled(from, (int) length).array());
  }

  private static ByteBuffer filled(ReadableByteChannel from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (from.read(buffer) < 0) {
        throw new EOFException("the agent hung up");
      }
    }
    return buffer.flip();
  }
}
