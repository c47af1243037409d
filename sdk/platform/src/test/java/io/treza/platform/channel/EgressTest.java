package io.treza.platform.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.treza.platform.internal.channel.Resolver;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EgressTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final int CONNECTED = 0;
  private static final int MALFORMED = 1;
  private static final int NOT_ALLOWED = 2;
  private static final int NAME_NOT_FOUND = 3;
  private static final int REFUSED = 4;
  private static final int UNREACHABLE = 5;
  private static final int TOO_MANY = 6;

  @TempDir
  Path directory;

  private StandInEnclave enclave;
  private ServerSocketChannel destination;
  private InetSocketAddress address;

  @BeforeEach
  void bothSides() throws Exception {
    enclave = new StandInEnclave(directory.resolve("vsock"));
    destination = ServerSocketChannel.open();
    destination.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    address = (InetSocketAddress) destination.getLocalAddress();
  }

  @AfterEach
  void theirEnd() throws Exception {
    destination.close();
    enclave.close();
  }

  /** One that is allowed api.example.com:443, which lies at the destination. */
  private Egress.Builder egress() {
    return allowing("api.example.com:443").resolve("api.example.com:443", address);
  }

  private Egress.Builder allowing(String rule) {
    return Egress.builder(enclave.transport()).allow(EgressRule.parse(rule)).names(name -> {
      throw new AssertionError(name + " was looked up");
    });
  }

  private SocketChannel ask(String host, int port) throws IOException {
    SocketChannel connection = enclave.connectToParent(Egress.PORT);
    ByteBuffer request = ByteBuffer.allocate(7 + host.length());
    request.put("TZE1".getBytes(US_ASCII)).putShort((short) port).put((byte) host.length());
    Bytes.write(connection, request.put(host.getBytes(US_ASCII)).flip());
    return connection;
  }

  private static int answer(SocketChannel connection) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(6);
    while (answer.hasRemaining()) {
      assertFalse(connection.read(answer) < 0, "closed without an answer");
    }
    assertEquals("TZE1", US_ASCII.decode(answer.flip().duplicate().limit(4)).toString());
    return answer.getShort(4);
  }

  private void assertAnswer(int status, String host, int port) throws IOException {
    try (SocketChannel connection = ask(host, port)) {
      assertEquals(status, answer(connection));
      if (status != CONNECTED) {
        assertEquals("", Bytes.readAll(connection));
      }
    }
  }

  @Test
  void bytesPassBothWaysOnceConnected() throws Exception {
    try (Egress egress = egress().start();
        SocketChannel inside = ask("api.example.com", 443);
        SocketChannel outside = destination.accept()) {
      assertEquals(CONNECTED, answer(inside));
      Bytes.write(inside, "question");
      assertEquals("question", Bytes.read(outside, 8));
      Bytes.write(outside, "answer");
      assertEquals("answer", Bytes.read(inside, 6));
      assertEquals(1, egress.openConnections());
    }
  }

  @Test
  void halfAConnectionMayEndOnEitherSide() throws Exception {
    try (Egress egress = egress().start()) {
      for (boolean insideFirst : new boolean[] {true, false}) {
        try (SocketChannel inside = ask("api.example.com", 443);
            SocketChannel outside = destination.accept()) {
          assertEquals(CONNECTED, answer(inside));
          SocketChannel first = insideFirst ? inside : outside;
          SocketChannel second = insideFirst ? outside : inside;
          Bytes.write(first, "all");
          first.shutdownOutput();
          assertEquals("all", Bytes.readAll(second));
          Bytes.write(second, "answer");
          second.shutdownOutput();
          assertEquals("answer", Bytes.readAll(first));
        }
      }
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void whatTheEnclaveSendsRightAfterItsRequestIsNotLost() throws Exception {
    try (Egress egress = egress().start();
        SocketChannel inside = ask("api.example.com", 443)) {
      Bytes.write(inside, "early");
      try (SocketChannel outside = destination.accept()) {
        assertEquals("early", Bytes.read(outside, 5));
        assertEquals(1, egress.openConnections());
      }
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws Exception {
    try (Egress egress = egress().start();
        SocketChannel inside = enclave.connectToParent(Egress.PORT)) {
      byte[] request =
          HexFormat.of().parseHex("545a4531" + "01bb" + "0f" + "6170692e6578616d706c652e636f6d");
      for (byte one : request) {
        Bytes.write(inside, ByteBuffer.wrap(new byte[] {one}));
      }
      assertEquals(CONNECTED, answer(inside));
      assertEquals(1, egress.openConnections());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "other.example.com, 443",
    "api.example.com, 80",
    "a.api.example.com, 443",
    "example.com, 443",
    "127.0.0.1, 443"
  })
  void refusesWhatIsNotListed(String host, int port) throws Exception {
    try (Egress egress = egress().start()) {
      assertAnswer(NOT_ALLOWED, host, port);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void reachesNothingUnlessAllowed() throws Exception {
    try (Egress egress = Egress.builder(enclave.transport())
        .resolve("api.example.com:443", address)
        .start()) {
      assertAnswer(NOT_ALLOWED, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "58", // another first byte
        "545a4532", // another version
        "545a4531" + "0000" + "01" + "61", // port 0
        "545a4531" + "01bb" + "00", // no host
        "545a4531" + "01bb" + "fe", // a host of 254 bytes
        "545a4531" + "01bb" + "01" + "41", // upper case
        "545a4531" + "01bb" + "02" + "612e", // a dot at the end
        "545a4531" + "01bb" + "03" + "2a2e61", // a pattern
        "545a4531" + "01bb" + "03" + "610061", // NUL
        "545a4531" + "01bb" + "03" + "612061", // space
        "545a4531" + "01bb" + "03" + "613a61", // a colon
        "545a4531" + "01bb" + "01" + "ff", // not ASCII
        "545a4531" + "01bb" + "05" + "3132372e31", // 127.1
        "545a4531" + "01bb" + "06" + "30783766" + "2e31", // 0x7f.1
        "545a4531" + "01bb" + "03" + "3a3a31" // ::1
      })
  void refusesARequestThatIsNone(String hex) throws Exception {
    try (Egress egress = egress().start();
        SocketChannel inside = enclave.connectToParent(Egress.PORT)) {
      Bytes.write(inside, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
      assertEquals(MALFORMED, answer(inside));
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void givesUpAnEnclaveThatDoesNotSayWhatItWants() throws Exception {
    try (Egress egress = egress().connectTimeout(SHORT).start();
        SocketChannel inside = enclave.connectToParent(Egress.PORT)) {
      Bytes.write(inside, "TZE");
      assertEnds(inside);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void anEnclaveThatHangsUpAmidItsRequestLeavesNothing() throws Exception {
    try (Egress egress = egress().start()) {
      try (SocketChannel inside = enclave.connectToParent(Egress.PORT)) {
        Bytes.write(inside, "TZE");
        Bytes.await(() -> egress.openConnections() == 1);
      }
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void tellsOfANameThatIsNotThere() throws Exception {
    try (Egress egress = allowing("*.example.com:443")
        .names(name -> {
          throw new UnknownHostException(name);
        })
        .start()) {
      assertAnswer(NAME_NOT_FOUND, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void tellsOfADestinationThatRefuses() throws Exception {
    destination.close();
    try (Egress egress = egress().start()) {
      assertAnswer(REFUSED, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void tellsOfADestinationThatCannotBeReached() throws Exception {
    // A port of a multicast address: no TCP connection leads there.
    InetSocketAddress nowhere = new InetSocketAddress("224.0.0.1", 443);
    try (Egress egress = allowing("api.example.com:443")
        .resolve("api.example.com:443", nowhere)
        .connectTimeout(SHORT)
        .start()) {
      assertAnswer(UNREACHABLE, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void aLookupThatHangsIsGivenUpAndHoldsUpNobodyElse() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    Resolver.Names names = name -> {
      try {
        hangs.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new UnknownHostException(name);
    };
    try (Egress egress = egress()
        .allow(EgressRule.parse("*.slow.example:443"))
        .names(names)
        .connectTimeout(Duration.ofSeconds(2))
        .start()) {
      SocketChannel[] waiting = new SocketChannel[100];
      for (int i = 0; i < waiting.length; i++) {
        waiting[i] = ask("n" + i + ".slow.example", 443);
      }
      assertAnswer(CONNECTED, "api.example.com", 443);
      for (SocketChannel connection : waiting) {
        assertEquals(UNREACHABLE, answer(connection));
        connection.close();
      }
      Bytes.await(() -> egress.openConnections() == 1);
    } finally {
      hangs.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "fc00::1",
        "fe80::1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "255.255.255.255"
      })
  void aNameMustNotLeadTheEnclaveIntoTheParentsNetwork(String means) throws Exception {
    try (Egress egress = allowing("api.example.com:443")
        .names(name -> new InetAddress[] {InetAddress.getByName(means)})
        .start()) {
      assertAnswer(NOT_ALLOWED, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void aNameMayMeanAnAddressThatARuleNames() throws Exception {
    String port = ":" + address.getPort();
    try (Egress egress = allowing("api.example.com" + port)
            .allow(EgressRule.parse("127.0.0.1" + port))
            .names(name -> new InetAddress[] {InetAddress.getLoopbackAddress()})
            .start();
        SocketChannel byName = ask("api.example.com", address.getPort());
        SocketChannel byAddress = ask("127.0.0.1", address.getPort())) {
      assertEquals(CONNECTED, answer(byName));
      assertEquals(CONNECTED, answer(byAddress));
      assertEquals(2, egress.openConnections());
    }
  }

  @Test
  void theNextAddressOfANameIsTriedIfTheFirstRefuses() throws Exception {
    String port = ":" + address.getPort();
    try (Egress egress = allowing("api.example.com" + port)
            .allow(EgressRule.parse("127.0.0.1" + port), EgressRule.parse("127.0.0.2" + port))
            .names(name -> new InetAddress[] {
              InetAddress.getByName("10.0.0.1"),
              InetAddress.getByName("127.0.0.2"),
              InetAddress.getLoopbackAddress()
            })
            .start();
        SocketChannel inside = ask("api.example.com", address.getPort())) {
      assertEquals(CONNECTED, answer(inside));
      assertEquals(1, egress.openConnections());
    }
  }

  /** One answer of DNS has room for thousands, each of which refuses at once. */
  @Test
  void aNameOfManyAddressesHoldsUpNobody() throws Exception {
    String port = ":" + address.getPort();
    InetAddress[] many = new InetAddress[50_000];
    Arrays.fill(many, InetAddress.getByName("255.255.255.255"));
    try (Egress egress = allowing("api.example.com" + port)
            .allow(EgressRule.parse("127.0.0.1" + port), EgressRule.parse("255.255.255.255" + port))
            .names(name -> many)
            .start();
        SocketChannel other = ask("127.0.0.1", address.getPort())) {
      assertEquals(CONNECTED, answer(other));
      assertAnswer(UNREACHABLE, "api.example.com", address.getPort());
      Bytes.await(() -> egress.openConnections() == 1);
    }
  }

  @Test
  void resetsOnEitherSideReachTheOther() throws Exception {
    try (Egress egress = egress().start()) {
      try (SocketChannel inside = ask("api.example.com", 443);
          SocketChannel outside = destination.accept()) {
        assertEquals(CONNECTED, answer(inside));
        Bytes.reset(outside);
        assertEnds(inside);
        Bytes.await(() -> egress.openConnections() == 0);
      }
      try (SocketChannel inside = ask("api.example.com", 443);
          SocketChannel outside = destination.accept()) {
        assertEquals(CONNECTED, answer(inside));
        Bytes.write(outside, "not read by the enclave");
        Bytes.end(inside);
        assertThrows(IOException.class, () -> {
          while (true) {
            Bytes.write(outside, "more");
          }
        });
        Bytes.await(() -> egress.openConnections() == 0);
      }
    }
  }

  @Test
  void silenceEndsAConnection() throws Exception {
    try (Egress egress = egress().idleTimeout(SHORT).start();
        SocketChannel inside = ask("api.example.com", 443);
        SocketChannel outside = destination.accept()) {
      assertEquals(CONNECTED, answer(inside));
      assertThrows(IOException.class, () -> outside.read(ByteBuffer.allocate(1)));
      assertEnds(inside);
      Bytes.await(() -> egress.openConnections() == 0);
    }
  }

  @Test
  void oneTooManyIsToldSo() throws Exception {
    try (Egress egress = egress().maxConnections(1).start()) {
      try (SocketChannel inside = ask("api.example.com", 443);
          SocketChannel outside = destination.accept()) {
        assertEquals(CONNECTED, answer(inside));
        assertAnswer(TOO_MANY, "api.example.com", 443);
        Bytes.write(outside, "x");
        assertEquals("x", Bytes.read(inside, 1));
      }
      Bytes.await(() -> egress.openConnections() == 0);
      assertAnswer(CONNECTED, "api.example.com", 443);
    }
  }

  @Test
  void connectionsWithoutARequestAreBoundedToo() throws Exception {
    try (Egress egress = egress().maxConnections(1).start()) {
      SocketChannel[] silent = new SocketChannel[40];
      for (int i = 0; i < silent.length; i++) {
        silent[i] = enclave.connectToParent(Egress.PORT);
      }
      assertEnds(silent[silent.length - 1]);
      assertEquals(17, egress.openConnections());
      for (SocketChannel connection : silent) {
        connection.close();
      }
    }
  }

  @Test
  void closingLeavesNeitherDescriptorNorFile() throws Exception {
    egress().start().close();
    long before = Bytes.descriptors();
    Path socket = Path.of(enclave.uds + "_" + Egress.PORT);
    try (Egress egress = egress().start();
        SocketChannel inside = ask("api.example.com", 443);
        SocketChannel outside = destination.accept()) {
      assertEquals(CONNECTED, answer(inside));
      Bytes.end(egress);
      assertEnds(inside);
      assertThrows(IOException.class, () -> outside.read(ByteBuffer.allocate(1)));
    }
    assertEquals(before, Bytes.descriptors());
    assertFalse(Files.exists(socket));
  }

  @Test
  void takesTheSocketOfAKilledProcessAndOfNoOther() throws Exception {
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(Path.of(enclave.uds + "_" + Egress.PORT)));
    }
    try (Egress egress = egress().start()) {
      assertThrows(BindException.class, () -> egress().start());
      assertAnswer(CONNECTED, "api.example.com", 443);
      Bytes.await(() -> egress.openConnections() == 1);
    }
  }

  @Test
  void leavesAFileThatIsNoSocket() throws Exception {
    Path file = Files.writeString(Path.of(enclave.uds + "_" + Egress.PORT), "mine");
    assertThrows(BindException.class, () -> egress().start());
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThrows(IllegalArgumentException.class, () -> egress().resolve("*.a.example:1", address));
    assertThrows(
        IllegalArgumentException.class,
        () -> egress().resolve("a.example:1", InetSocketAddress.createUnresolved("b.example", 1)));
    assertThrows(IllegalArgumentException.class, () -> egress().maxConnections(0));
    assertThrows(
        IOException.class, () -> Egress.builder(EnclaveTransport.loopback()).start());
  }

  /** A Unix socket tells a reset only to one who had not read all. */
  private static void assertEnds(SocketChannel connection) {
    try {
      assertEquals(-1, connection.read(ByteBuffer.allocate(1)));
    } catch (IOException e) {
      // A reset, which is an end as well.
    }
  }
}
