package io.treza.platform.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ManyConnectionsTest {
  private static final int CONNECTIONS = 2500;

  @TempDir
  Path directory;

  @Test
  void thousandsAreServedByOneThreadAndKeepNothingWhileNobodyIsSlow() throws Exception {
    try (StandInEnclave enclave = new StandInEnclave(directory.resolve("vsock"));
        Ingress ingress = Ingress.builder(enclave.transport(), 8443).start()) {
      int threads = Thread.activeCount();
      List<SocketChannel> clients = new ArrayList<>();
      List<SocketChannel> insides = new ArrayList<>();
      try {
        for (int i = 0; i < CONNECTIONS; i++) {
          clients.add(SocketChannel.open(ingress.address()));
          insides.add(enclave.next());
        }
        assertEquals(CONNECTIONS, ingress.openConnections());
        for (int i = CONNECTIONS - 1; i >= 0; i--) {
          String message = "%8d".formatted(i);
          Bytes.write(clients.get(i), message);
          assertEquals(message, Bytes.read(insides.get(i), 8));
          Bytes.write(insides.get(i), message);
          assertEquals(message, Bytes.read(clients.get(i), 8));
        }
        assertEquals(threads, Thread.activeCount());
        for (SocketChannel client : clients) {
          client.close();
        }
        for (SocketChannel inside : insides) {
          assertEquals(-1, inside.read(ByteBuffer.allocate(1)));
          inside.close();
        }
        Bytes.await(() -> ingress.openConnections() == 0);
      } finally {
        closeAll(clients);
        closeAll(insides);
      }
    }
  }

  @Test
  void aThousandStalledReadersHoldUpNoOther() throws Exception {
    try (StandInEnclave enclave = new StandInEnclave(directory.resolve("vsock"));
        Ingress ingress = Ingress.builder(enclave.transport(), 8443).start()) {
      List<SocketChannel> open = new ArrayList<>();
      try {
        for (int i = 0; i < 1000; i++) {
          SocketChannel client = SocketChannel.open(ingress.address());
          open.add(client);
          open.add(enclave.next());
          client.configureBlocking(false);
          ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
          while (client.write(chunk.clear()) > 0) {
            // until the kernel takes no more
          }
        }
        try (SocketChannel client = SocketChannel.open(ingress.address());
            SocketChannel inside = enclave.next()) {
          Bytes.write(client, "x");
          assertEquals("x", Bytes.read(inside, 1));
        }
        assertTrue(ingress.openConnections() >= 1000);
      } finally {
        closeAll(open);
      }
    }
  }

  private static void closeAll(List<SocketChannel> channels) throws Exception {
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }
}
