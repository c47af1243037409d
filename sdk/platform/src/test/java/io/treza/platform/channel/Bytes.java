package io.treza.platform.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** What tests do with blocking connections, and how they look at what is left of them. */
final class Bytes {
  private Bytes() {}

  static void write(SocketChannel to, String text) throws IOException {
    write(to, UTF_8.encode(text));
  }

  static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  static String read(SocketChannel from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && from.read(bytes) >= 0) {
      // until it is full or the other side ends
    }
    return UTF_8.decode(bytes.flip()).toString();
  }

  /** All until the other side ends. */
  static String readAll(SocketChannel from) throws IOException {
    return read(from, 1 << 20);
  }

  /** Counts and drops all until the other side ends. */
  static long drain(SocketChannel from) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    long count = 0;
    for (int n = from.read(bytes); n >= 0; n = from.read(bytes.clear())) {
      count += n;
    }
    return count;
  }

  /** Ends what a test ends before its block does. */
  static void end(Closeable what) throws IOException {
    what.close();
  }

  /** Ends a TCP connection by a reset, as a process does that is killed amid a transfer. */
  static void reset(SocketChannel connection) throws IOException {
    connection.setOption(StandardSocketOptions.SO_LINGER, 0);
    connection.close();
  }

  /** Waits for what happens by itself; the test's time limit ends it if that does not happen. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  /** How many file descriptors this process has. */
  static long descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
