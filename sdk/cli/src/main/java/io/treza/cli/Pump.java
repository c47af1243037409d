package io.treza.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import javax.net.ssl.SSLSocket;

/** Passes bytes between an attested connection and what is on this side of it. */
final class Pump {
  private Pump() {}

  /**
   * Passes bytes both ways until the enclave has ended; that this side ends is passed on.
   *
   * @throws IOException if the enclave's connection breaks
   */
  static void join(InputStream in, OutputStream out, SSLSocket enclave) throws IOException {
    Thread sending = new Thread(() -> send(in, enclave), "treza-send");
    sending.setDaemon(true); // waits for input that may never come
    sending.start();
    byte[] buffer = new byte[16 * 1024];
    InputStream from = enclave.getInputStream();
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      out.write(buffer, 0, count);
      out.flush();
    }
  }

  private static void send(InputStream in, SSLSocket enclave) {
    try {
      in.transferTo(enclave.getOutputStream());
      enclave.shutdownOutput();
    } catch (IOException e) {
      // Either side is gone. What was not sent must not look sent: the other direction ends too.
      close(enclave);
    }
  }

  private static void close(SSLSocket enclave) {
    try {
      enclave.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
