package io.treza.sdk.attested;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;

/**
 * The TCP connection below TLS, whose end says only what TLS has said before. Whoever stands in
 * between can end TCP at any byte; without a {@code close_notify} (RFC 8446, section 6.1) that is a
 * cut, which the JDK's TLS takes for an end unless a property of the whole JVM says otherwise.
 */
final class Carrier extends Socket {
  private volatile boolean reset;

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(super.getInputStream()) {
      @Override
      public int read() throws IOException {
        return orCut(super.read());
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return orCut(super.read(bytes, offset, length));
      }
    };
  }

  private static int orCut(int count) throws IOException {
    if (count < 0) {
      // No EOFException, which the JDK's TLS would take for an end.
      throw new SocketException("the connection was cut: TCP ended and TLS did not");
    }
    return count;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(super.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (reset) {
          throw new SocketException("the connection is being reset");
        }
        out.write(bytes, offset, length);
      }
    };
  }

  @Override
  public void shutdownOutput() throws IOException {
    if (!reset) {
      super.shutdownOutput();
    }
  }

  /** No time to linger means a reset when it is closed: then nothing goes out before, either. */
  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    super.setSoLinger(on, seconds);
    reset = on && seconds == 0;
  }
}
