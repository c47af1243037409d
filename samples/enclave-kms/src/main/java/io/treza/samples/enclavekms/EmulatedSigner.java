package io.treza.samples.enclavekms;

import io.treza.enclave.EgressProxy;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/**
 * For QEMU only, whose NSM signs nothing: has documents signed by the platform, through the enclave's
 * egress. No image for hardware lists that host.
 */
final class EmulatedSigner {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_DOCUMENT_BYTES = 0x4000;

  private EmulatedSigner() {}

  /** A document goes after its length, and comes back so. */
  static byte[] signed(byte[] document) throws IOException {
    try (Socket socket = EgressProxy.fromEnvironment().connect("signer.emulated", 7000, PATIENCE)) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(document.length);
      out.write(document);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int length = in.readInt();
      if (length < 0 || length > MAX_DOCUMENT_BYTES) {
        throw new IOException("a document of " + length + " bytes");
      }
      return in.readNBytes(length);
    }
  }
}
