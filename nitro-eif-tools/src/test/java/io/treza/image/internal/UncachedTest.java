package io.treza.image.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Past the page cache or through it, a file holds what was written and is read as it is. */
class UncachedTest {
  private static final int MIB = 1 << 20;

  @TempDir
  private Path directory;

  /** Around one and two buffers of output, and none that is a multiple of a block by chance. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 4096, 5 * MIB + 777})
  void whatWasWrittenInPiecesOfAnySizeIsInTheFile(int size) throws IOException {
    byte[] bytes = noise(size);
    Path file = directory.resolve("file");

    write(file, bytes);

    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void aHeaderWrittenLastReplacesItsPlace() throws IOException {
    byte[] bytes = noise(3 * MIB + 5);
    Path file = directory.resolve("file");

    try (FileChannel channel = create(file)) {
      try (OutputStream out = new UncachedOutput(file, channel)) {
        out.write(bytes);
      }
      assertEquals(bytes.length, channel.position());
      channel.write(ByteBuffer.wrap(new byte[548]), 0);
    }

    Arrays.fill(bytes, 0, 548, (byte) 0);
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void aFileSystemInMemoryIsWrittenThroughTheCache() throws IOException {
    Path memory = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(memory), "needs a file system in memory at /dev/shm");
    byte[] bytes = noise(3 * MIB + 5);
    Path file = Files.createTempFile(memory, "uncached", ".test");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      try (OutputStream out = new UncachedOutput(file, channel)) {
        out.write(bytes);
      }
      assertArrayEquals(bytes, Files.readAllBytes(file));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aFailureToWriteIsTheCallersInTheEnd() throws IOException {
    Path file = directory.resolve("file");
    byte[] bytes = noise(3 * MIB);
    FileChannel closed = create(file);
    closed.close();

    assertThrows(IOException.class, () -> {
      try (OutputStream out = new UncachedOutput(file, closed)) {
        out.write(bytes, 0, 7);
      }
    });
  }

  @Test
  void readingAndSkippingInStepsOfAnySizeFindsEveryByteInItsPlace() throws IOException {
    byte[] bytes = noise(5 * MIB + 777);
    Path file = directory.resolve("file");
    write(file, bytes);
    Random random = new Random(7);

    try (InputStream in = uncached(file, 4711)) {
      int position = 4711;
      byte[] buffer = new byte[300_000];
      while (position < bytes.length) {
        int n = in.read(buffer, 0, 1 + random.nextInt(buffer.length));
        assertTrue(n > 0, "at " + position);
        assertArrayEquals(
            Arrays.copyOfRange(bytes, position, position + n), Arrays.copyOf(buffer, n));
        position += n;
        position += (int) in.skip(random.nextInt(400_000));
      }
      assertEquals(-1, in.read());
    }
  }

  @Test
  void aSliceOfASpooledFileIsReadPastTheCacheOnlyIfItIsLong() throws IOException {
    byte[] bytes = noise(3 * MIB);
    Path file = directory.resolve("file");
    write(file, bytes);
    FileSlice whole = FileSlice.whole(file, true);

    try (InputStream all = whole.open();
        InputStream part = whole.slice(MIB + 3, 1000).open()) {
      assertArrayEquals(bytes, all.readAllBytes());
      assertArrayEquals(Arrays.copyOfRange(bytes, MIB + 3, MIB + 1003), part.readAllBytes());
    }
  }

  private static InputStream uncached(Path file, long position) {
    Optional<InputStream> in = UncachedInput.open(file, position);
    assumeTrue(in.isPresent(), "this file system cannot be read past the cache");
    return in.get();
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Random random = new Random(bytes.length);
    try (FileChannel channel = create(file);
        OutputStream out = new UncachedOutput(file, channel)) {
      for (int done = 0; done < bytes.length; ) {
        int n = Math.min(bytes.length - done, 1 + random.nextInt(700_000));
        out.write(bytes, done, n);
        done += n;
      }
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
