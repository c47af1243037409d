package io.treza.platform.internal.qemu;

import io.treza.platform.EnclaveListener;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/**
 * Signs for the program inside one emulated enclave what its NSM does not sign. The program reaches it
 * through its egress as {@value #NAME}: a document after its length in four bytes, and so back. It
 * signs what is true of that enclave and nothing else, so that a program is no other's.
 */
final class DocumentSigner implements Closeable {
  /** What it is called inside; the image must list it, and so says that it is made for this. */
  static final String NAME = "signer.emulated:7000";

  private static final int MAX_DOCUMENT_BYTES = 0x4000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ServerSocket server;
  private final Signing signing;
  private final EnclaveListener listener;

  /** Makes of an unsigned document a signed one. */
  @FunctionalInterface
  interface Signing {
    /** Throws if it is not of this enclave; the message says why. */
    byte[] sign(byte[] unsigned) throws IOException;
  }

  private DocumentSigner(ServerSocket server, Signing signing, EnclaveListener listener) {
    this.server = server;
    this.signing = signing;
    this.listener = listener;
  }

  /**
   * Listens on a free port of the loopback address.
   *
   * @param listener hears of what was not signed
   */
  static DocumentSigner start(Signing signing, EnclaveListener listener) throws IOException {
    DocumentSigner signer = new DocumentSigner(
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), signing, listener);
    Thread thread = new Thread(signer::serve, "treza-document-signer");
    thread.setDaemon(true);
    thread.start();
    return signer;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int length = in.readInt();
        if (length < 0 || length > MAX_DOCUMENT_BYTES) {
          throw new IOException("a document of " + length + " bytes");
        }
        byte[] signed = signing.sign(in.readNBytes(length));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(signed.length);
        out.write(signed);
      } catch (IOException | RuntimeException e) {
        if (!server.isClosed()) {
          listener.log(EnclaveListener.Source.BOOT, "not signed: " + e.getMessage());
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
