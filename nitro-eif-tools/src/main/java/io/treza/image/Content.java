package io.treza.image;

import io.treza.image.internal.FileSlice;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes of a known length that can be read any number of times, wherever they lie. */
public interface Content {
  /** The number of bytes a full read of {@link #open()} delivers. */
  long size();

  /** A new stream over the bytes, from the first; the caller closes it. */
  InputStream open() throws IOException;

  /** The bytes of an array, which is copied. */
  static Content of(byte[] bytes) {
    byte[] copy = bytes.clone();
    return new Content() {
      @Override
      public long size() {
        return copy.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(copy);
      }
    };
  }

  /**
   * The bytes of a regular file, whose length is taken now.
   *
   * @throws IOException if {@code file} is missing or is no regular file
   */
  static Content of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": not a regular file that can be read");
    }
    long size = Files.size(file);
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public InputStream open() throws IOException {
        return Files.newInputStream(file);
      }

      @Override
      public String toString() {
        return file.toString();
      }
    };
  }

  /**
   * A run of bytes inside a file. Reading it fails if the file has become shorter.
   *
   * @param offset of the first byte
   * @param size number of bytes, all of them inside the file
   */
  static Content of(Path file, long offset, long size) {
    return new FileSlice(file, offset, size);
  }
}
