package io.treza.audit.internal.image;

import io.treza.image.internal.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The content of an archive's member, every byte of which a scanner sees as it is read. */
final class MemberStream extends InputStream {
  private final TarReader content;
  private final SecretScanner scanner;

  MemberStream(TarReader content, SecretScanner scanner) {
    this.content = content;
    this.scanner = scanner;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = content.read(buffer, offset, length);
    if (n > 0) {
      scanner.accept(buffer, offset, n);
    }
    return n;
  }

  /** Has the scanner see the rest. */
  void drain() throws IOException {
    transferTo(OutputStream.nullOutputStream());
  }
}
