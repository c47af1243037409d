package io.treza.aws.internal.ec2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;

/** What an enclave's agent answered, as {@code docs/enclave-init.md} has it. */
final class AgentAnswer {
  private static final int MAGIC = 0x545a4131; // TZA1
  private static final int HEAD = 10;

  private AgentAnswer() {}

  /**
   * The document in an answer.
   *
   * @param base64 the whole answer, and perhaps the end of its line
   */
  static byte[] document(String base64) throws IOException {
    ByteBuffer answer;
    try {
      answer = ByteBuffer.wrap(Base64.getDecoder().decode(base64.strip()));
    } catch (IllegalArgumentException e) {
      throw new IOException("the instance relayed no answer of the enclave's agent");
    }
    if (answer.remaining() < HEAD || answer.getInt() != MAGIC) {
      throw new IOException("what answers on the agent's port is not the agent; was the image built"
          + " without one?");
    }
    int status = Short.toUnsignedInt(answer.getShort());
    int length = answer.getInt();
    switch (status) {
      case 0 -> {
        if (length < 1 || length != answer.remaining()) {
          throw new IOException("the agent's answer breaks off: " + answer.remaining() + " of "
              + Integer.toUnsignedString(length) + " bytes");
        }
        byte[] document = new byte[length];
        answer.get(document);
        return document;
      }
      case 2 ->
        throw new IOException(
            "the agent is asked for more documents than it makes; ask again later");
      case 3 -> throw new IOException("the enclave's NSM gave the agent no document");
      default ->
        throw new IOException("the agent answered with status " + status + ", which is unknown");
    }
  }
}
