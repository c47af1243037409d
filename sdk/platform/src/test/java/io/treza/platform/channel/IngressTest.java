package io.treza.platform.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class IngressTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir
  Path directory;

  private StandInEnclave enclave;

  @BeforeEach
  void anEnclave() throws Exception {
    enclave = new StandInEnclave(directory.resolve("vsock"));
  }

  @AfterEach
  void itsEnd() throws Exception {
    enclave.close();
  }

  private Ingress.Builder ingress() {
    return Ingress.builder(enclave.transport(), 8443);
  }

  @Test
  void bytesPassBothWaysAndTheEnclavesPortIsNamed() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      assertEquals("CONNECT 8443", enclave.nextRequest());
      Bytes.write(client, "question");
      assertEquals("question", Bytes.read(inside, 8));
      Bytes.write(inside, "answer");
      assertEquals("answer", Bytes.read(client, 6));
      assertEquals(1, ingress.openConnections());
    }
  }

  @Test
  void listensOnLoopbackUnlessSaid() throws Exception {
    try (Ingress ingress = ingress().start()) {
      assertTrue(ingress.address().getAddress().isLoopbackAddress());
      InetSocketAddress taken = ingress.address();
      assertThrows(IOException.class, () -> ingress().listen(taken).start());
    }
  }

  @Test
  void whatTheEnclaveSaysFirstIsNotLostBehindTheHandshake() throws Exception {
    try (StandInEnclave eager = new StandInEnclave(directory.resolve("eager"), "OK 1\nhello");
        Ingress ingress = Ingress.builder(eager.transport(), 22).start();
        SocketChannel client = SocketChannel.open(ingress.address())) {
      assertEquals("hello", Bytes.read(client, 5));
    }
  }

  @Test
  void aClientThatHasSaidAllStillGetsItsAnswer() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      Bytes.write(client, "all");
      client.shutdownOutput();
      assertEquals("all", Bytes.readAll(inside));
      Bytes.write(inside, "answer");
      Bytes.end(inside);
      assertEquals("answer", Bytes.readAll(client));
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void anEnclaveThatHasSaidAllStillHears() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      inside.shutdownOutput();
      assertEquals("", Bytes.readAll(client));
      Bytes.write(client, "last words");
      Bytes.end(client);
      assertEquals("last words", Bytes.readAll(inside));
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void aReaderThatStopsStopsTheWriterAndLosesNothing() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      client.configureBlocking(false);
      ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
      long sent = 0;
      int refusals = 0;
      while (refusals < 50) { // full, and still full a while later
        int count = client.write(chunk.clear());
        sent += count;
        refusals = count == 0 ? refusals + 1 : 0;
        if (count == 0) {
          Thread.sleep(1);
        }
      }
      assertTrue(sent < 64 << 20, "took " + sent + " bytes that nobody read");
      client.configureBlocking(true);
      client.shutdownOutput();
      assertEquals(sent, Bytes.drain(inside));
    }
  }

  @Test
  void aResetOfTheClientReachesTheEnclave() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      Bytes.write(client, "half a ");
      assertEquals("half a ", Bytes.read(inside, 7));
      Bytes.reset(client);
      assertEquals("", Bytes.readAll(inside));
      assertThrows(IOException.class, () -> writeForEver(inside));
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void anEnclaveThatDiesAmidATransferResetsTheClient() throws Exception {
    try (Ingress ingress = ingress().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      Bytes.write(inside, "half a ");
      Bytes.write(client, "unread");
      assertEquals("half a ", Bytes.read(client, 7));
      Bytes.end(inside);
      assertThrows(IOException.class, () -> {
        while (true) {
          Bytes.write(client, "more");
        }
      });
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void closingResetsClientsAndLeavesNoDescriptor() throws Exception {
    try (Ingress once = ingress().start()) {
      SocketChannel.open(once.address()).close();
      enclave.next().close();
    }
    long before = Bytes.descriptors();
    Ingress ingress = ingress().start();
    try (SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      Bytes.write(client, "half a ");
      assertEquals("half a ", Bytes.read(inside, 7));
      ingress.close();
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
      assertEquals("", Bytes.readAll(inside));
    }
    ingress.close();
    assertEquals(before, Bytes.descriptors());
    assertThrows(ConnectException.class, () -> SocketChannel.open(ingress.address()));
  }

  @Test
  void oneTooManyIsResetAndTheNextIsServedOnceOneHasEnded() throws Exception {
    try (Ingress ingress = ingress().maxConnections(1).start()) {
      try (SocketChannel first = SocketChannel.open(ingress.address());
          SocketChannel inside = enclave.next();
          SocketChannel second = SocketChannel.open(ingress.address())) {
        assertThrows(IOException.class, () -> second.read(ByteBuffer.allocate(1)));
        Bytes.write(first, "x");
        assertEquals("x", Bytes.read(inside, 1));
      }
      Bytes.await(() -> ingress.openConnections() == 0);
      try (SocketChannel third = SocketChannel.open(ingress.address());
          SocketChannel inside = enclave.next()) {
        Bytes.write(third, "x");
        assertEquals("x", Bytes.read(inside, 1));
      }
    }
  }

  @Test
  void silenceEndsAConnectionByAReset() throws Exception {
    try (Ingress ingress = ingress().idleTimeout(SHORT).start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
      assertEquals("", Bytes.readAll(inside));
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void silenceEndsAlsoAConnectionOfWhichHalfHasEnded() throws Exception {
    try (Ingress ingress = ingress().idleTimeout(SHORT).start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      client.shutdownOutput();
      assertEquals("", Bytes.readAll(inside));
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NO\n", "OK\n", "OK x\n", "a line that has no end at all"})
  void aClientIsResetIfTheHandshakeFails(String answer) throws Exception {
    try (StandInEnclave wrong = new StandInEnclave(directory.resolve("wrong"), answer);
        Ingress ingress = Ingress.builder(wrong.transport(), 8443).start();
        SocketChannel client = SocketChannel.open(ingress.address())) {
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
      Bytes.await(() -> ingress.openConnections() == 0);
    }
  }

  @Test
  void aClientIsResetIfThereIsNoEnclave() throws Exception {
    EnclaveTransport nowhere = EnclaveTransport.unixSocket(directory.resolve("nowhere"));
    try (Ingress ingress = Ingress.builder(nowhere, 8443).start();
        SocketChannel client = SocketChannel.open(ingress.address())) {
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void anEnclaveThatDoesNotAnswerIsGivenUp() throws Exception {
    try (StandInEnclave silent = new StandInEnclave(directory.resolve("silent"), "");
        Ingress ingress =
            Ingress.builder(silent.transport(), 8443).connectTimeout(SHORT).start();
        SocketChannel client = SocketChannel.open(ingress.address())) {
      assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
      assertEquals("", Bytes.readAll(silent.next()));
    }
  }

  @Test
  void aSlowHandshakeHoldsUpNobodyElse() throws Exception {
    Path uds = directory.resolve("slow");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(uds));
      try (Ingress ingress =
              Ingress.builder(EnclaveTransport.unixSocket(uds), 8443).start();
          SocketChannel waiting = SocketChannel.open(ingress.address());
          SocketChannel unanswered = server.accept();
          SocketChannel client = SocketChannel.open(ingress.address());
          SocketChannel inside = server.accept()) {
        assertEquals("CONNECT 8443\n", Bytes.read(unanswered, 13));
        Bytes.write(waiting, "early");
        Bytes.read(inside, 13);
        Bytes.write(inside, "OK 1\nhello");
        assertEquals("hello", Bytes.read(client, 5));
        Bytes.write(unanswered, "OK ");
        Bytes.write(unanswered, "2\n");
        assertEquals("early", Bytes.read(unanswered, 5));
      }
    }
  }

  @Test
  void aFullQueueOfTheEnclavesSocketIsWaitedFor() throws Exception {
    Path uds = directory.resolve("full");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(uds), 1);
      try (SocketChannel first = SocketChannel.open(UnixDomainSocketAddress.of(uds));
          SocketChannel second = SocketChannel.open(UnixDomainSocketAddress.of(uds));
          Ingress ingress =
              Ingress.builder(EnclaveTransport.unixSocket(uds), 8443).start();
          SocketChannel client = SocketChannel.open(ingress.address())) {
        Bytes.await(() -> ingress.openConnections() == 1);
        server.accept().close();
        server.accept().close();
        try (SocketChannel inside = server.accept()) {
          assertEquals("CONNECT 8443\n", Bytes.read(inside, 13));
          Bytes.write(inside, "OK 1\nhello");
          assertEquals("hello", Bytes.read(client, 5));
        }
        assertTrue(first.isOpen() && second.isOpen());
      }
    }
  }

  @Test
  void theClientsAddressGoesAheadIfAsked() throws Exception {
    try (Ingress ingress = ingress().proxyProtocol().start();
        SocketChannel client = SocketChannel.open(ingress.address());
        SocketChannel inside = enclave.next()) {
      Bytes.write(client, "hello");
      ByteBuffer header = ByteBuffer.allocate(28);
      while (header.hasRemaining()) {
        inside.read(header);
      }
      int clientPort = ((InetSocketAddress) client.getLocalAddress()).getPort();
      // Version 2, section 2.2: signature, version and command, family, length, addresses, ports.
      assertEquals(
          "0d0a0d0a000d0a515549540a" + "21" + "11" + "000c" + "7f000001" + "7f000001"
              + HexFormat.of().toHexDigits((short) clientPort)
              + HexFormat.of().toHexDigits((short) ingress.address().getPort()),
          HexFormat.of().formatHex(header.array()));
      assertEquals("hello", Bytes.read(inside, 5));
    }
  }

  @Test
  void aProgramInTheEnclavesPlaceIsReachedByItsPort() throws Exception {
    try (ServerSocketChannel program = ServerSocketChannel.open()) {
      program.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) program.getLocalAddress()).getPort();
      try (Ingress ingress = Ingress.builder(EnclaveTransport.loopback(), port).start();
          SocketChannel client = SocketChannel.open(ingress.address());
          SocketChannel inside = program.accept()) {
        Bytes.write(client, "x");
        assertEquals("x", Bytes.read(inside, 1));
      }
    }
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThrows(IllegalArgumentException.class, () -> Ingress.builder(enclave.transport(), 65536));
    assertThrows(IllegalArgumentException.class, () -> ingress().maxConnections(0));
    assertThrows(IllegalArgumentException.class, () -> ingress().idleTimeout(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> ingress().connectTimeout(Duration.ZERO));
  }

  private static void writeForEver(SocketChannel to) throws IOException {
    while (true) {
      Bytes.write(to, "more");
    }
  }
}
