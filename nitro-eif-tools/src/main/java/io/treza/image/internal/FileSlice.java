package io.treza.image.internal;

import io.treza.image.Content;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run of bytes inside a file, read in place.
 *
 * @param stamp of the file when its bytes were checked; who has read a slice to its end has read
 *     what was checked, or got an error
 * @param uncached whether the file was written past the page cache, where reading would fill it
 */
public record FileSlice(
    Path file, long offset, long size, Optional<FileStamp> stamp, boolean uncached)
    implements Content {
  // Shorter ones come from the cache, which reads ahead for those that follow.
  private static final int WORTH_READING_UNCACHED = 1 << 20;

  /** A run of bytes that nothing was checked about. */
  public FileSlice(Path file, long offset, long size) {
    this(file, offset, size, Optional.empty(), false);
  }

  /** The whole of a file that {@link UncachedOutput} wrote, past the cache or not. */
  static FileSlice whole(Path file, boolean uncached) throws IOException {
    return new FileSlice(file, 0, Files.size(file), Optional.empty(), uncached);
  }

  /** The whole of a file, which must not change from now on. */
  public static FileSlice unchanging(Path file) throws IOException {
    FileStamp stamp = FileStamp.of(file);
    return new FileSlice(file, 0, stamp.size(), Optional.of(stamp), false);
  }

  /** The part of this slice that starts {@code from} bytes into it. */
  public FileSlice slice(long from, long length) {
    if (from < 0 || length < 0 || from > size - length) {
      throw new IndexOutOfBoundsException(from + " + " + length + " is beyond " + size);
    }
    return new FileSlice(file, offset + from, length, stamp, uncached);
  }

  /** Fails if the file is known to have changed since what is here was checked. */
  void requireUnchanged() throws IOException {
    if (stamp.isPresent()) {
      stamp.get().require(file);
    }
  }

  @Override
  public InputStream open() throws IOException {
    if (uncached && size >= WORTH_READING_UNCACHED) {
      Optional<InputStream> in = UncachedInput.open(file, offset);
      if (in.isPresent()) {
        return new Bounded(in.get(), this);
      }
    }
    FileChannel channel = FileChannel.open(file);
    try {
      return new Bounded(Channels.newInputStream(channel.position(offset)), this);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Ends where the slice does, and fails if the file ends before or has changed by then. */
  private static final class Bounded extends FilterInputStream {
    private final FileSlice slice;
    private long left;

    Bounded(InputStream in, FileSlice slice) {
      super(in);
      this.slice = slice;
      this.left = slice.size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int start, int length) throws IOException {
      if (left == 0) {
        slice.requireUnchanged();
        return -1;
      }
      int n = in.read(buffer, start, (int) Math.min(length, left));
      if (n < 0) {
        throw new EOFException(slice.file + ": ends " + left + " bytes early; it was cut short");
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
