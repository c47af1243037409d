package io.treza.image.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A file open past the system's page cache, where that can be had: by Linux's {@code O_DIRECT} and
 * its like.
 *
 * @param block what positions, lengths and addresses must be multiples of, in bytes
 */
record Uncached(FileChannel channel, int block) {
  private static final int LARGEST_BLOCK = 1 << 16;

  /** Opens an existing file; empty if it can only be had through the cache. */
  static Optional<Uncached> open(Path file, OpenOption mode) {
    Optional<OpenOption> direct = direct();
    if (direct.isEmpty()) {
      return Optional.empty();
    }
    try {
      long block = Files.getFileStore(file).getBlockSize();
      return block < 1 || block > LARGEST_BLOCK
          ? Optional.empty()
          : Optional.of(new Uncached(FileChannel.open(file, mode, direct.get()), (int) block));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /** Found by name: newer compilers refuse to build with what only some JDKs have. */
  private static Optional<OpenOption> direct() {
    try {
      return Stream.of(Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants())
          .filter(option -> option.toString().equals("DIRECT"))
          .map(OpenOption.class::cast)
          .findFirst();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  /** A buffer that may be read into and written from; {@code bytes} is a multiple of the block. */
  ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes + block).alignedSlice(block).slice(0, bytes);
  }
}
