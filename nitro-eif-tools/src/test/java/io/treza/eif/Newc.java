package io.treza.eif;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Writes newc archives, right or wrong, independently of the code under test. */
final class Newc {
  static final int FILE = 0100644;
  static final int DIRECTORY = 0040755;
  static final int LINK = 0120777;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int inode = 1;

  Newc file(String name, String content) {
    return member(name, FILE, content);
  }

  Newc directory(String name) {
    return member(name, DIRECTORY, "");
  }

  Newc link(String name, String target) {
    return member(name, LINK, target);
  }

  Newc member(String name, int mode, String content) {
    return member(name, content, inode++, mode, 0, 0, 1, 7, content.length(), 3, 1, 0, 0);
  }

  /** With the first nine numeric fields of the header as given; the two device pairs follow. */
  Newc member(String name, String content, long... fields) {
    StringBuilder header = new StringBuilder("070701");
    for (long field : fields) {
      header.append(hex(field));
    }
    raw(header.append(hex(name.length() + 1)).append(hex(0)).toString());
    raw(name + "\0");
    pad(4);
    raw(content);
    pad(4);
    return this;
  }

  private static String hex(long field) {
    return String.format(Locale.ROOT, "%08x", field);
  }

  Newc raw(String latin1) {
    out.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Newc pad(int multiple) {
    out.writeBytes(new byte[-out.size() & (multiple - 1)]);
    return this;
  }

  byte[] unfinished() {
    return out.toByteArray();
  }

  byte[] bytes() {
    return member("TRAILER!!!", 0, "").pad(512).unfinished();
  }
}
