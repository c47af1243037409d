package io.treza.audit.internal.image;

import java.io.IOException;
import java.io.InputStream;

/** A file, every byte of which a scanner sees as it is read. */
final class ScannedStream extends InputStream {
  private final InputStream file;
  private final SecretScanner scanner;

  ScannedStream(InputStream file, SecretScanner scanner) {
    this.file = file;
    this.scanner = scanner;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = file.read(buffer, offset, length);
    if (n > 0) {
      scanner.take(buffer, offset, n);
    }
    return n;
  }
}
