package io.treza.image.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.treza.image.Content;
import io.treza.image.FileEntry;
import io.treza.image.FileNode;
import io.treza.image.FilePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Writes a tar archive that depends on its entries alone: GNU form, no times, no user names.
 *
 * <p>GNU's form because it takes any bytes as a long name; those of pax must be UTF-8.
 */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final int NAME = 100;

  private final OutputStream out;

  TarWriter(OutputStream out) {
    this.out = out;
  }

  /** Writes one entry; a regular file must have as many bytes as it says. */
  void write(FileEntry entry) throws IOException {
    FileNode node = entry.node();
    if (node instanceof FileNode.Directory) {
      header(entry, new FilePath(entry.path().latin1() + "/"), TarMember.DIRECTORY, "");
    } else if (node instanceof FileNode.Regular file) {
      header(entry, entry.path(), TarMember.REGULAR, "");
      content(file.content());
    } else if (node instanceof FileNode.HardLink link) {
      header(entry, entry.path(), TarMember.HARD_LINK, link.first().latin1());
    } else if (node instanceof FileNode.SymbolicLink link) {
      header(entry, entry.path(), TarMember.SYMBOLIC_LINK, link.target().latin1());
    } else if (node instanceof FileNode.Device device) {
      char type = device.block() ? TarMember.BLOCK_DEVICE : TarMember.CHARACTER_DEVICE;
      header(entry, entry.path(), type, "");
    } else {
      header(entry, entry.path(), TarMember.FIFO, "");
    }
  }

  /** Writes the two zero blocks that end an archive. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
  }

  private void header(FileEntry entry, FilePath path, char type, String link) throws IOException {
    longName('L', path.latin1());
    longName('K', link);
    byte[] block = new byte[BLOCK];
    text(block, 0, path.latin1());
    number(block, 100, 8, entry.owner().permissions());
    number(block, 108, 8, entry.owner().uid());
    number(block, 116, 8, entry.owner().gid());
    number(block, 124, 12, entry.size());
    text(block, 157, link);
    if (entry.node() instanceof FileNode.Device device) {
      number(block, 329, 8, device.major());
      number(block, 337, 8, device.minor());
    }
    finishHeader(block, type);
  }

  private void longName(char type, String name) throws IOException {
    if (name.length() > NAME) {
      byte[] block = new byte[BLOCK];
      text(block, 0, "././@LongLink");
      number(block, 124, 12, name.length() + 1L);
      finishHeader(block, type);
      out.write(name.getBytes(ISO_8859_1));
      // The NUL that ends the name is the first byte of this, or a block of its own.
      out.write(new byte[1 + padding(name.length() + 1L)]);
    }
  }

  private void finishHeader(byte[] block, char type) throws IOException {
    number(block, 136, 12, 0);
    block[156] = (byte) type;
    text(block, 257, "ustar  ");
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    number(block, 148, 7, sum);
    out.write(block);
  }

  private void content(Content content) throws IOException {
    try (InputStream in = content.open()) {
      long written = in.transferTo(out);
      if (written != content.size()) {
        throw new IOException(
            content + " changed while it was read: " + written + " bytes, not " + content.size());
      }
    }
    out.write(new byte[padding(content.size())]);
  }

  private static int padding(long size) {
    return (int) (-size & (BLOCK - 1));
  }

  private static void text(byte[] block, int offset, String latin1) {
    byte[] bytes = latin1.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, NAME));
  }

  /** Octal digits and a NUL, or base 256 where they do not fit. */
  private static void number(byte[] block, int offset, int length, long value) {
    String octal = Long.toOctalString(value);
    if (octal.length() < length) {
      byte[] digits = ("0".repeat(length - 1 - octal.length()) + octal).getBytes(ISO_8859_1);
      System.arraycopy(digits, 0, block, offset, digits.length);
      return;
    }
    long left = value;
    for (int i = length - 1; i > 0; i--) {
      block[offset + i] = (byte) left;
      left >>>= 8;
    }
    block[offset] = (byte) 0x80;
  }
}
