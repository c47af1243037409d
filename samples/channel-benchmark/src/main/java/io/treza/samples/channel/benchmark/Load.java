package io.treza.samples.channel.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** What clients do. */
final class Load {
  private static final int CHUNK = 1 << 17;

  private Load() {}

  static SocketChannel connect(long port, String task) throws IOException {
    SocketChannel connection = SocketChannel.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Math.toIntExact(port)));
    connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
    connection.write(US_ASCII.encode(task));
    return connection;
  }

  /** How many bytes a second reach the other end over one connection. */
  static double throughput(long port, long mebibytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    long bytes = mebibytes << 20;
    try (SocketChannel connection = connect(port, "S")) {
      long begun = System.nanoTime();
      for (long sent = 0; sent < bytes; sent += CHUNK) {
        chunk.clear();
        while (chunk.hasRemaining()) {
          connection.write(chunk);
        }
      }
      connection.shutdownOutput();
      receive(connection, 1);
      return bytes * 1e9 / (System.nanoTime() - begun);
    }
  }

  /** Microseconds from a message of 64 bytes until it is back, sorted. */
  static double[] roundTrips(long port, int count) throws IOException {
    double[] micros = new double[count];
    try (SocketChannel connection = connect(port, "E")) {
      for (int i = -count / 10; i < count; i++) { // the first tenth only warms up
        long begun = System.nanoTime();
        echo(connection);
        if (i >= 0) {
          micros[i] = (System.nanoTime() - begun) / 1e3;
        }
      }
    }
    Arrays.sort(micros);
    return micros;
  }

  static void send(SocketChannel connection) throws IOException {
    connection.write(ByteBuffer.allocate(64));
  }

  static void receive(SocketChannel connection, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (connection.read(bytes) < 0) {
        throw new EOFException("a connection ended before its answer");
      }
    }
  }

  static void echo(SocketChannel connection) throws IOException {
    send(connection);
    receive(connection, 64);
  }
}
