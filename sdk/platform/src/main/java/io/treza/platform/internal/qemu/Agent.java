package io.treza.platform.internal.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** PLACEHOLDER until AgentClient lands. */
final class Agent {
  private Agent() {}

  static byte[] document(Path vsock, byte[] nonce) throws IOException {
    try (TimedSocket s = TimedSocket.connect(vsock, Duration.ofSeconds(20))) {
      s.write("CONNECT 9001\n".getBytes(StandardCharsets.US_ASCII));
      String ok = s.readLine(64);
      if (!ok.startsWith("OK ")) {
        throw new IOException("vsock: " + ok);
      }
      s.write(ByteBuffer.allocate(518)
          .put("TZA1".getBytes(StandardCharsets.US_ASCII))
          .putShort((short) nonce.length)
          .put(Arrays.copyOf(nonce, 512))
          .array());
      ByteBuffer head = ByteBuffer.wrap(s.readExactly(10));
      int status = head.getShort(4);
      int length = head.getInt(6);
      if (status != 0 || length > 1 << 16) {
        throw new IOException("the agent answered status " + status);
      }
      return s.readExactly(length);
    }
  }
}
