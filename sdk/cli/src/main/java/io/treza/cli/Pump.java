package io.treza.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import javax.net.ssl.SSLSocket;

/** Passes bytes between an attested connection and what is on this side of it. */
final class Pump {
  private static final int BUFFER = 16 * 1024;

  private Pump() {}

  /**
   * Passes bytes both ways until the enclave has ended; that this side ends is passed on.
   *
   * @param moved hears of bytes in either direction
   * @throws IOException if the enclave's connection breaks
   */
  static void join(InputStream in, OutputStream out, SSLSocket enclave, Runnable moved)
      throws IOException {
    Thread sending = new Thread(() -> send(in, enclave, moved), "treza-send");
    sending.setDaemon(true); // waits for input that may never come
    sending.start();
    byte[] buffer = new byte[BUFFER];
    InputStream from = enclave.getInputStream();
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      moved.run();
      out.write(buffer, 0, count);
      out.flush();
    }
  }

  private static void send(InputStream in, SSLSocket enclave, Runnable moved) {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        moved.run();
        if (!sent(enclave, buffer, count)) {
          return;
        }
      }
    } catch (IOException e) {
      cut(enclave); // what broke here must not look there like what ended
      return;
    }
    try {
      enclave.shutdownOutput();
    } catch (IOException e) {
      // The enclave has ended already, which the other direction sees.
    }
  }

  /** Whether the enclave still takes anything; if not, the other direction sees why. */
  private static boolean sent(SSLSocket enclave, byte[] buffer, int count) {
    try {
      enclave.getOutputStream().write(buffer, 0, count);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void cut(SSLSocket enclave) {
    try {
      enclave.setSoLinger(true, 0);
      enclave.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
