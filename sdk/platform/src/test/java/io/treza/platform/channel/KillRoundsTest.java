package io.treza.platform.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred times one side is killed while bytes flow in both directions: whoever is left notices, and
 * nothing is left.
 */
@Timeout(120)
class KillRoundsTest {
  private static final int ROUNDS = 100;

  /** What each side has moved before one is killed, so that it is in the middle of it. */
  private static final int AMID = 300_000;

  @TempDir
  Path directory;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** Who dies: one of the two ends, and how. */
  private enum Death {
    LEFT_CLOSES,
    LEFT_RESETS,
    RIGHT_CLOSES,
    RIGHT_RESETS
  }

  private static Death of(int round) {
    return Death.values()[round % Death.values().length];
  }

  @Test
  void ofAnIngress() throws Exception {
    try (StandInEnclave enclave = new StandInEnclave(directory.resolve("vsock"));
        Ingress ingress = Ingress.builder(enclave.transport(), 8443).start()) {
      kill(SocketChannel.open(ingress.address()), enclave.next(), Death.LEFT_CLOSES);
      Bytes.await(() -> ingress.openConnections() == 0);
      long before = Bytes.descriptors();
      for (int round = 0; round < ROUNDS; round++) {
        kill(SocketChannel.open(ingress.address()), enclave.next(), of(round));
      }
      Bytes.await(() -> ingress.openConnections() == 0);
      Bytes.await(() -> Bytes.descriptors() <= before);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void ofAnEgress() throws Exception {
    try (StandInEnclave enclave = new StandInEnclave(directory.resolve("vsock"));
        ServerSocketChannel destination = ServerSocketChannel.open()) {
      destination.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (Egress egress = Egress.builder(enclave.transport())
          .allow(EgressRule.parse("a.example:443"))
          .resolve("a.example:443", (InetSocketAddress) destination.getLocalAddress())
          .start()) {
        kill(asked(enclave), destination.accept(), Death.LEFT_CLOSES);
        Bytes.await(() -> egress.openConnections() == 0);
        long before = Bytes.descriptors();
        for (int round = 0; round < ROUNDS; round++) {
          kill(asked(enclave), destination.accept(), of(round));
        }
        Bytes.await(() -> egress.openConnections() == 0);
        Bytes.await(() -> Bytes.descriptors() <= before);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static SocketChannel asked(StandInEnclave enclave) throws IOException {
    SocketChannel inside = enclave.connectToParent(Egress.PORT);
    Bytes.write(inside, "TZE1\u0001");
    Bytes.write(inside, ByteBuffer.wrap(new byte[] {(byte) 0xbb, 9}));
    Bytes.write(inside, US_ASCII.encode("a.example"));
    return inside;
  }

  @Test
  void ofTheForwarderItself() throws Exception {
    try (StandInEnclave enclave = new StandInEnclave(directory.resolve("vsock"))) {
      long before = Bytes.descriptors();
      for (int round = 0; round < ROUNDS; round++) {
        Ingress ingress = Ingress.builder(enclave.transport(), 8443).start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next();
        Flow flow = new Flow(client, inside);
        flow.untilAmid();
        ingress.close();
        flow.untilBothHaveNoticed();
        assertEquals(0, ingress.openConnections());
      }
      Bytes.await(() -> Bytes.descriptors() <= before);
    } finally {
      threads.shutdownNow();
    }
  }

  private void kill(SocketChannel left, SocketChannel right, Death death) throws Exception {
    Flow flow = new Flow(left, right);
    flow.untilAmid();
    switch (death) {
      case LEFT_CLOSES -> left.close();
      case LEFT_RESETS -> Bytes.reset(left);
      case RIGHT_CLOSES -> right.close();
      case RIGHT_RESETS -> Bytes.reset(right);
    }
    flow.untilBothHaveNoticed();
  }

  /** Two ends that write and read without an end, each in threads of its own. */
  private final class Flow {
    private final CompletableFuture<Void> leftIsAmid = new CompletableFuture<>();
    private final CompletableFuture<Void> rightIsAmid = new CompletableFuture<>();
    private final Future<?> left;
    private final Future<?> right;
    private final Future<?> leftWrites;
    private final Future<?> rightWrites;

    Flow(SocketChannel one, SocketChannel other) {
      left = threads.submit(() -> readUntilItEnds(one, leftIsAmid));
      right = threads.submit(() -> readUntilItEnds(other, rightIsAmid));
      leftWrites = threads.submit(() -> writeUntilItFails(one));
      rightWrites = threads.submit(() -> writeUntilItFails(other));
    }

    void untilAmid() throws Exception {
      leftIsAmid.get();
      rightIsAmid.get();
    }

    void untilBothHaveNoticed() throws Exception {
      left.get();
      right.get();
      leftWrites.get();
      rightWrites.get();
    }
  }

  private static void readUntilItEnds(SocketChannel from, CompletableFuture<Void> amid) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    long count = 0;
    try {
      for (int n = from.read(bytes); n >= 0; n = from.read(bytes.clear())) {
        count += n;
        if (count > AMID) {
          amid.complete(null);
        }
      }
    } catch (IOException e) {
      // An end as well.
    }
  }

  /** A writer is what a killed process leaves behind on the other side; it closes when it fails. */
  private static void writeUntilItFails(SocketChannel to) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 14);
    try (to) {
      while (true) {
        Bytes.write(to, bytes.clear());
      }
    } catch (IOException e) {
      // It failed.
    }
  }
}
