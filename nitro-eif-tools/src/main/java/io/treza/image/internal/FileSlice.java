package io.treza.image.internal;

import io.treza.image.Content;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A run of bytes inside a file, read in place. */
public record FileSlice(Path file, long offset, long size) implements Content {
  /** The part of this slice that starts {@code from} bytes into it. */
  public FileSlice slice(long from, long length) {
    if (from < 0 || length < 0 || from > size - length) {
      throw new IndexOutOfBoundsException(from + " + " + length + " is beyond " + size);
    }
    return new FileSlice(file, offset + from, length);
  }

  @Override
  public InputStream open() throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new Bounded(Channels.newInputStream(channel.position(offset)), size, file);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Ends after a number of bytes, and fails if the file ends before. */
  private static final class Bounded extends FilterInputStream {
    private final Path file;
    private long left;

    Bounded(InputStream in, long size, Path file) {
      super(in);
      this.left = size;
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int start, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int n = in.read(buffer, start, (int) Math.min(length, left));
      if (n < 0) {
        throw new EOFException(file + ": ends " + left + " bytes early; it was cut short");
      }
      left -= n;
      return n;
    }

    @Override
    public long skip(long count) throws IOException {
      long n = in.skip(Math.min(count, left));
      left -= n;
      return n;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(in.available(), left);
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
