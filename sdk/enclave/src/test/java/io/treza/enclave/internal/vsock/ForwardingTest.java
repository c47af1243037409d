package io.treza.enclave.internal.vsock;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;

/**
 * Forwarding between Java's TCP and the C library's sockets, here of the family that this machine
 * has: IPv4 in place of vsock, whose addresses only are different.
 */
@Timeout(60)
@EnabledForJreRange(minVersion = 22)
@SuppressWarnings("try") // What is forwarded has only to be there.
class ForwardingTest {
  private static final short AF_INET = 2;

  private final NativeSocket.Calls calls = new NativeSocket.Calls();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ServerSocket tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  ForwardingTest() throws IOException {}

  @AfterEach
  void stop() throws IOException {
    threads.shutdownNow();
    tcp.close();
  }

  @Test
  void bytesPassBothWaysAtOnceAndEachEndIsPassedOn() throws Exception {
    int port = freePort();
    try (Forwarding forwarding = inwards(port, 2);
        Socket peer = connect(port);
        Socket workload = tcp.accept()) {
      byte[] in = random(1, 3 << 20);
      byte[] out = random(2, 2 << 20);
      Future<byte[]> arrivedInside =
          threads.submit(() -> workload.getInputStream().readAllBytes());
      Future<byte[]> arrivedOutside = threads.submit(() -> peer.getInputStream().readAllBytes());
      Future<Void> sent = threads.submit(() -> {
        peer.getOutputStream().write(in);
        peer.shutdownOutput();
        return null;
      });
      // The peer's end has come when everything inside is there; the other way still works.
      assertArrayEquals(in, arrivedInside.get());
      workload.getOutputStream().write(out);
      workload.shutdownOutput();
      assertArrayEquals(out, arrivedOutside.get());
      sent.get();
    }
  }

  @Test
  void outwardsItConnectsToTheNativeAddress() throws Exception {
    ServerSocket local = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    int port = local.getLocalPort();
    try (Forwarding forwarding = Forwarding.outwards(local, calls, address(tcp.getLocalPort()), 2);
        Socket workload = connect(port);
        Socket parent = tcp.accept()) {
      workload.getOutputStream().write("ping".getBytes(US_ASCII));
      assertEquals("ping", new String(parent.getInputStream().readNBytes(4), US_ASCII));
      parent.getOutputStream().write("pong".getBytes(US_ASCII));
      parent.close();
      assertEquals("pong", new String(workload.getInputStream().readAllBytes(), US_ASCII));
    }
  }

  @Test
  void aConnectionThatLeadsNowhereIsClosed() throws Exception {
    int port = freePort();
    try (Forwarding forwarding = inwards(port, 1)) {
      tcp.close();
      for (int i = 0; i < 3; i++) {
        try (Socket peer = connect(port)) {
          assertEquals(-1, peer.getInputStream().read());
        }
      }
    }
    ServerSocket local = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    try (Forwarding forwarding = Forwarding.outwards(local, calls, address(freePort()), 1);
        Socket workload = connect(local.getLocalPort())) {
      assertEquals(-1, workload.getInputStream().read());
    }
  }

  @Test
  void onlySoManyAreForwardedAtATimeAndTheOthersWait() throws Exception {
    int port = freePort();
    try (Forwarding forwarding = inwards(port, 1);
        Socket first = connect(port);
        Socket inside = tcp.accept();
        Socket second = connect(port)) {
      second.getOutputStream().write("x".getBytes(US_ASCII));
      first.close();
      assertEquals(-1, inside.getInputStream().read());
      inside.close();
      try (Socket next = tcp.accept()) {
        assertEquals('x', next.getInputStream().read());
      }
    }
  }

  @Test
  void aHundredBrokenConnectionsLeaveEveryPlaceFree() throws Exception {
    int port = freePort();
    try (Forwarding forwarding = inwards(port, 4)) {
      for (int i = 0; i < 100; i++) {
        Socket peer = connect(port);
        Socket inside = tcp.accept();
        peer.getOutputStream().write(1);
        Socket killed = i % 2 == 0 ? peer : inside;
        killed.setSoLinger(true, 0);
        killed.close();
        peer.close();
        inside.close();
      }
      List<Socket> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(connect(port));
        all.add(tcp.accept());
      }
      for (Socket each : all) {
        each.close();
      }
    }
  }

  @Test
  void closingEndsConnectionsAndFreesThePort() throws Exception {
    int port = freePort();
    Forwarding forwarding = inwards(port, 2);
    try (Socket peer = connect(port);
        Socket inside = tcp.accept()) {
      forwarding.close();
      assertEquals(-1, inside.getInputStream().read());
      assertEquals(-1, peer.getInputStream().read());
    }
  }

  @Test
  void aPortThatIsTakenIsSaidSo() {
    IOException e = assertThrows(
        IOException.class, () -> NativeSocket.listen(calls, address(tcp.getLocalPort())));
    assertTrue(e.getMessage().contains("bind failed with errno 98"), e.getMessage());
  }

  @Test
  void aVsockAddressIsWrittenAsLinuxReadsIt() {
    ByteBuffer address =
        ByteBuffer.wrap(SocketAddressBytes.vsock(3, 9000).bytes()).order(ByteOrder.nativeOrder());
    assertEquals(16, address.capacity());
    assertEquals(40, address.getShort(0));
    assertEquals(9000, address.getInt(4));
    assertEquals(3, address.getInt(8));
  }

  private Forwarding inwards(int port, int most) throws IOException {
    return Forwarding.inwards(
        NativeSocket.listen(calls, address(port)),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.getLocalPort()),
        most);
  }

  /** {@code struct sockaddr_in}: the port and the address have the network's byte order. */
  private static SocketAddressBytes address(int port) {
    ByteBuffer address = ByteBuffer.allocate(16);
    address.order(ByteOrder.nativeOrder()).putShort(AF_INET);
    address.order(ByteOrder.BIG_ENDIAN).putShort((short) port).put(new byte[] {127, 0, 0, 1});
    return new SocketAddressBytes(AF_INET, address.array());
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }

  private static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
