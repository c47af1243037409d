package io.treza.platform.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/**
 * An enclave behind a Unix socket, as {@code vhost-device-vsock} shows it: it hears {@code CONNECT} on
 * one, and reaches its parent by others beside it. What is said on a connection, the test says.
 */
final class StandInEnclave implements Closeable {
  final Path uds;
  private final ServerSocketChannel server;
  private final Thread thread;
  private final String answer;
  private final BlockingQueue<SocketChannel> taken = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  StandInEnclave(Path uds) throws IOException {
    this(uds, "OK 1073741824\n");
  }

  /** Answers every request so; nothing if empty. */
  StandInEnclave(Path uds, String answer) throws IOException {
    this.uds = uds;
    this.answer = answer;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(uds), 4096);
    thread = new Thread(this::accept, "stand-in enclave");
    thread.start();
  }

  EnclaveTransport transport() {
    return EnclaveTransport.unixSocket(uds);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        requests.add(line(connection));
        connection.write(US_ASCII.encode(answer));
        taken.add(connection);
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private static String line(SocketChannel connection) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (connection.read(one) > 0 && one.get(0) != '\n') {
      line.append((char) one.get(0));
      one.clear();
    }
    return line.toString();
  }

  /** The next connection that came in, in blocking mode. */
  SocketChannel next() throws InterruptedException {
    SocketChannel connection = taken.poll(1, TimeUnit.MINUTES);
    return Assertions.assertInstanceOf(SocketChannel.class, connection, "nobody connected");
  }

  /** What the next one that came in had asked. */
  String nextRequest() throws InterruptedException {
    return String.valueOf(requests.poll(1, TimeUnit.MINUTES));
  }

  /** Connects to a port of the parent. */
  SocketChannel connectToParent(int port) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(Path.of(uds + "_" + port)));
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(uds);
    for (SocketChannel connection : taken) {
      connection.close();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
