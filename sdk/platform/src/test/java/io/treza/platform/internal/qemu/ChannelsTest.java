package io.treza.platform.internal.qemu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bytes pass over vsock into an enclave and out of it, where the image says so and nowhere else. */
@Timeout(300)
class ChannelsTest {
  private static final int PORT = 8443;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir
  private Path directory;

  private static TestImage image(Emulation emulation) throws Exception {
    return new TestImage()
        .file("channels", 0755, emulation.program("channels"))
        .expose(PORT + "/tcp", "7000/udp")
        .label("io.treza.egress", "api.example.com:443, *.example.org:8443")
        .entrypoint("/channels");
  }

  @Test
  void bytesPassBothWaysWhereTheImageSaysSo() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Emulation.Heard heard = new Emulation.Heard();
    QemuEnclave enclave = (QemuEnclave)
        emulation.backend().build().launch(emulation.request("channels", image(emulation)), heard);
    try {
      heard.await("APPLICATION channels: listens");
      Path vsock = enclave.vsock();
      assertEquals("http://127.0.0.1:3128", ask(vsock, "proxy"));
      carriesALotBothWaysAtOnce(vsock);
      for (int port : new int[] {7000, 8080, 3128}) {
        assertThrows(ConnectException.class, () -> VsockUds.connect(vsock, port, LIMIT));
      }
      assertTrue(
          ask(vsock, "ask example.com:443").startsWith("HTTP/1.1 403 Forbidden\r\n"),
          "not in the image's list");
      String nobody = ask(vsock, "ask api.example.com:443");
      assertTrue(
          nobody.matches("(?s).*\r\n\r\napi.example.com:443: no parent instance offers egress on"
              + " vsock port 20000000[0-9]{2}, and no host on 9002\n"),
          nobody);
      reachesAHostThroughTheParent(vsock);
    } finally {
      enclave.terminate();
    }
  }

  private static void carriesALotBothWaysAtOnce(Path vsock) throws IOException {
    byte[] bytes = new byte[4 << 20];
    new Random(1).nextBytes(bytes);
    try (SocketChannel peer = command(vsock, "echo")) {
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(peer, bytes));
      assertArrayEquals(bytes, read(peer, bytes.length));
      sent.join();
    }
  }

  private static void reachesAHostThroughTheParent(Path vsock) throws IOException {
    Path path = vsock.resolveSibling(vsock.getFileName() + "_9002");
    try (ServerSocketChannel parent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      parent.bind(UnixDomainSocketAddress.of(path));
      try (SocketChannel workload = command(vsock, "ask A.B.example.org:8443");
          SocketChannel egress = parent.accept()) {
        byte[] request = "TZE1 \u00fb\u000fa.b.example.org".getBytes(ISO_8859_1);
        assertArrayEquals(request, read(egress, request.length));
        send(egress, new byte[] {'T', 'Z', 'E', '1', 0, 0});
        send(egress, "from the host".getBytes(US_ASCII));
        assertEquals(
            "HTTP/1.1 200 Connection established\r\n\r\nfrom the host",
            new String(read(workload, 52), US_ASCII));
        byte[] bytes = new byte[1 << 20];
        new Random(2).nextBytes(bytes);
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(workload, bytes));
        assertArrayEquals(bytes, read(egress, bytes.length));
        sent.join();
      }
    }
  }

  private static SocketChannel command(Path vsock, String line) throws IOException {
    SocketChannel channel = VsockUds.connect(vsock, PORT, LIMIT);
    channel.configureBlocking(true);
    send(channel, (line + "\n").getBytes(US_ASCII));
    return channel;
  }

  private static String ask(Path vsock, String line) throws IOException {
    try (SocketChannel peer = command(vsock, line)) {
      return new String(read(peer, 1 << 16), US_ASCII);
    }
  }

  private static void send(SocketChannel channel, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** So many bytes, or fewer if it ends before. */
  private static byte[] read(SocketChannel channel, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // until it is full
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
