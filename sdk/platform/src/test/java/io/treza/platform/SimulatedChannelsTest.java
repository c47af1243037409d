package io.treza.platform;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.image.FileEntry;
import io.treza.platform.internal.qemu.TestImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A program on this machine finds in a simulated enclave's place what its workload would inside. */
@Timeout(120)
class SimulatedChannelsTest {
  private static final byte[] NONCE = {1, 2, 3};
  private static final List<String> ALLOWED =
      List.of("api.example.com:443", "closed.example.com:443");

  @TempDir
  private Path directory;

  /** The program, which echoes, at a port that the image exposes; and a host that is reached. */
  @AutoClose
  private Echo program;

  private SimulatedBackend backend;
  private RunningEnclave enclave;

  private static final class Echo implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    Echo() throws IOException {
      Thread thread = new Thread(this::serve, "echo");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve() {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
          // Reset, or the test is over.
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    program = new Echo();
    int closed;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = free.getLocalPort();
    }
    new TestImage()
        .file("app", 0755, "#!")
        .entrypoint("/app")
        .expose(program.server.getLocalPort() + "/tcp")
        .expose("53/udp")
        .label("io.treza.egress", "*.example.com:443, other.example:443")
        .write(Files.createDirectories(directory.resolve("images/service")));
    InetAddress loopback = InetAddress.getLoopbackAddress();
    backend = SimulatedBackend.builder(
            Files.writeString(directory.resolve("kernel"), "a placeholder"),
            "reboot=k",
            List.of(FileEntry.directory("dev", 0755)))
        .imagesDirectory(directory.resolve("images"))
        .workDirectory(directory.resolve("work"))
        .egress(e -> e.resolve(
                "api.example.com:443",
                new InetSocketAddress(loopback, program.server.getLocalPort()))
            .resolve("closed.example.com:443", new InetSocketAddress(loopback, closed)))
        .build();
    enclave = launch(List.of(program.server.getLocalPort()), ALLOWED);
  }

  @AfterEach
  void stop() throws Exception {
    enclave.terminate();
  }

  private LaunchRequest request(List<Integer> ports, List<String> hosts) {
    return new LaunchRequest("enc_1", "oci:service", "eu-west-1", 2, 1024, false, ports, hosts);
  }

  private RunningEnclave launch(List<Integer> ports, List<String> hosts) throws IOException {
    return backend.launch(request(ports, hosts), EnclaveListener.NONE);
  }

  private static String exchanged(InetSocketAddress address, String sent) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.getOutputStream().write(sent.getBytes(US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private InetSocketAddress endpoint() {
    return Optional.ofNullable(enclave.endpoints().get(program.server.getLocalPort()))
        .orElseThrow();
  }

  private InetSocketAddress proxy() {
    return enclave.standIn().orElseThrow().egressProxy().orElseThrow();
  }

  @Test
  void theProgramIsReachedAtTheEndpoint() throws Exception {
    assertEquals("hello", exchanged(endpoint(), "hello"));
  }

  @Test
  void anAllowedHostIsReachedThroughTheProxy() throws Exception {
    String answer = exchanged(proxy(), "CONNECT API.example.com:443 HTTP/1.1\r\n\r\nhello");
    assertEquals("HTTP/1.1 200 Connection established\r\n\r\nhello", answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CONNECT evil.example:443 HTTP/1.1 | 403 | evil.example:443: not in this image's list",
        "CONNECT api.example.com:80 HTTP/1.1 | 403 | api.example.com:80: not in this image's list",
        "CONNECT other.example:443 HTTP/1.1 | 403 | other.example:443: refused by the parent"
            + " instance",
        "CONNECT closed.example.com:443 HTTP/1.1 | 502 | closed.example.com:443: refused the"
            + " connection",
        "GET http://api.example.com/ HTTP/1.1 | 405 | refused: this proxy takes CONNECT only, as"
            + " clients use for https",
        "CONNECT *.example.com:443 HTTP/1.1 | 400 | expected a host name or an IPv4 address, a"
            + " colon and a port",
        "CONNECT [::1]:443 HTTP/1.1 | 400 | expected a host name or an IPv4 address, a colon and a"
            + " port",
        "hello | 400 | expected CONNECT host:port HTTP/1.1",
      })
  void whatIsNotAllowedIsRefusedAndSaidWhy(String line, int status, String reason)
      throws Exception {
    String answer = exchanged(proxy(), line + "\r\nHost: a\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertTrue(answer.endsWith("\r\n\r\n" + reason + "\n"), answer);
  }

  @Test
  void aHeadWithoutAnEndIsRefused() throws Exception {
    String head = "CONNECT api.example.com:443 HTTP/1.1\r\n" + "X: 1\r\n".repeat(2000);
    try (Socket socket = new Socket(proxy().getAddress(), proxy().getPort())) {
      socket.getOutputStream().write(head.getBytes(US_ASCII), 0, 8192);
      assertTrue(
          new String(socket.getInputStream().readAllBytes(), US_ASCII).startsWith("HTTP/1.1 400"));
    }
  }

  @Test
  void withoutAllowedHostsTheParentDoesNotAnswer() throws Exception {
    enclave.terminate();
    enclave = launch(List.of(), List.of());
    String answer = exchanged(proxy(), "CONNECT api.example.com:443 HTTP/1.1\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
    assertEquals(Map.of(), enclave.endpoints());
  }

  @Test
  void whatTheImageDoesNotHaveIsRefusedByName() {
    int port = program.server.getLocalPort();
    assertEquals(
        "exposePorts: 53: the image does not expose it; it has " + port + " (EXPOSE in the image)",
        refusal(List.of(53, port), List.of()));
    assertEquals(
        "allowHosts: api.example.com:80, example.com:443: the image does not allow it; it has"
            + " *.example.com:443, other.example:443 (label io.treza.egress of the image)",
        refusal(List.of(), List.of("*.example.com:443", "api.example.com:80", "example.com:443")));
  }

  private String refusal(List<Integer> ports, List<String> hosts) {
    LaunchRequest other =
        new LaunchRequest("enc_2", "oci:service", "eu-west-1", 2, 1024, false, ports, hosts);
    String message = String.valueOf(
        assertThrows(IOException.class, () -> backend.launch(other, EnclaveListener.NONE))
            .getMessage());
    assertFalse(Files.exists(directory.resolve("work/enc_2")));
    return message;
  }

  /** One request to the agent: an answer's status and content. */
  private record Said(int status, byte[] content) {}

  private static SocketChannel agent(RunningEnclave enclave) throws IOException {
    return SocketChannel.open(
        UnixDomainSocketAddress.of(enclave.standIn().orElseThrow().agentSocket()));
  }

  private static Said ask(
      SocketChannel agent, int kind, int pcr, byte[] nonce, byte[] key, byte[] data)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(12 + nonce.length + key.length + data.length)
        .put("TZL1".getBytes(US_ASCII))
        .put((byte) kind)
        .put((byte) pcr)
        .putShort((short) nonce.length)
        .putShort((short) key.length)
        .putShort((short) data.length)
        .put(nonce)
        .put(key)
        .put(data)
        .flip();
    agent.write(frame);
    DataInputStream in = new DataInputStream(Channels.newInputStream(agent));
    assertEquals("TZL1", new String(in.readNBytes(4), US_ASCII));
    int status = in.readUnsignedShort();
    return new Said(status, in.readNBytes(in.readInt()));
  }

  private static final byte[] NO = new byte[0];

  private AttestationDocument evidence() throws Exception {
    return AttestationDocument.parse(enclave.evidence(NONCE));
  }

  @Test
  void whatTheProgramRegistersIsInEveryDocumentUntilItHangsUp() throws Exception {
    assertTrue(evidence().userData().isEmpty());
    try (SocketChannel other = agent(enclave)) {
      try (SocketChannel holder = agent(enclave)) {
        registersWhileItHolds(holder, other);
      }
      while (evidence().userData().isPresent()) {
        Thread.onSpinWait();
      }
      assertEquals(4, ask(other, 1, 0, NO, NO, new byte[] {9}).status(), "never a second one");
    }
  }

  private void registersWhileItHolds(SocketChannel holder, SocketChannel other) throws Exception {
    assertEquals(0, ask(holder, 1, 0, NO, new byte[] {7}, new byte[] {8}).status());
    assertArrayEquals(new byte[] {7}, evidence().publicKey().orElseThrow());
    assertArrayEquals(new byte[] {8}, evidence().userData().orElseThrow());
    assertArrayEquals(NONCE, evidence().nonce().orElseThrow());
    assertEquals(4, ask(other, 1, 0, NO, NO, new byte[] {9}).status(), "only the holder");
    AttestationDocument own =
        AttestationDocument.parse(ask(other, 2, 0, new byte[] {5}, NO, NO).content());
    assertArrayEquals(new byte[] {8}, own.userData().orElseThrow());
    assertArrayEquals(new byte[] {5}, own.nonce().orElseThrow());
    assertEquals(4, ask(other, 3, 0, NONCE, NO, new byte[] {9}).status());
    AttestationDocument with =
        AttestationDocument.parse(ask(holder, 3, 0, NONCE, NO, new byte[] {9}).content());
    assertArrayEquals(new byte[] {9}, with.userData().orElseThrow());
    assertTrue(with.publicKey().isEmpty());
  }

  @Test
  void registersAreDescribedExtendedAndLocked() throws Exception {
    try (SocketChannel holder = agent(enclave);
        SocketChannel other = agent(enclave)) {
      assertEquals(0, ask(holder, 1, 0, NO, NO, NO).status());
      assertEquals(256, ask(other, 4, 0, NO, NO, NO).content().length);
      byte[] pcr0 = ask(other, 5, 0, NO, NO, NO).content();
      assertEquals(49, pcr0.length);
      assertEquals(1, pcr0[0]);
      assertEquals(4, ask(other, 6, 16, NO, NO, NONCE).status());
      byte[] extended = ask(holder, 6, 16, NO, NO, NONCE).content();
      assertEquals(48, extended.length);
      assertEquals(0, ask(holder, 7, 16, NO, NO, NO).status());
      assertEquals(3, ask(holder, 6, 16, NO, NO, NONCE).status(), "it is locked");
      assertEquals(1, ask(other, 5, 16, NO, NO, NO).content()[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "8, 0, 0", "1, 1, 0", "2, 0, 1", "5, 32, 0", "6, 15, 1", "6, 16, 0"})
  void whatIsNoRequestEndsTheConnection(int kind, int pcr, int data) throws Exception {
    try (SocketChannel agent = agent(enclave)) {
      assertEquals(1, ask(agent, kind, pcr, NO, NO, new byte[data]).status());
      assertEquals(-1, agent.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void onlyThisUserGetsToTheAgent() throws Exception {
    Path socket = enclave.standIn().orElseThrow().agentSocket();
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(
            Optional.ofNullable(socket.getParent()).orElseThrow())));
  }

  @Test
  void whatIsPausedHasNoChannelsAndWhatGoesOnHasNewOnes() throws Exception {
    InetSocketAddress before = endpoint();
    Path socket = enclave.standIn().orElseThrow().agentSocket();
    String module = enclave.moduleId().orElseThrow();
    try (SocketChannel holder = agent(enclave);
        Socket open = new Socket(before.getAddress(), before.getPort())) {
      assertEquals(0, ask(holder, 1, 0, NO, NO, new byte[] {8}).status());
      enclave.pause();
      assertEquals(-1, holder.read(ByteBuffer.allocate(1)));
      assertTrue(hasEnded(open));
    }
    assertEquals(Map.of(), enclave.endpoints());
    assertEquals(Optional.empty(), enclave.standIn());
    assertEquals(Optional.empty(), enclave.moduleId());
    assertThrows(ConnectException.class, () -> exchanged(before, "hello"));
    assertFalse(Files.exists(Optional.ofNullable(socket.getParent()).orElseThrow()));
    enclave.resume();
    assertEquals("hello", exchanged(endpoint(), "hello"));
    assertTrue(evidence().userData().isEmpty(), "another enclave, where nobody has registered");
    assertFalse(enclave.moduleId().orElseThrow().equals(module));
    assertEquals(enclave.moduleId().orElseThrow(), evidence().moduleId());
  }

  private static boolean hasEnded(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true; // a reset
    }
  }

  @Test
  void whatIsFoundAgainHasChannelsAndTheImagesList() throws Exception {
    Path socket = enclave.standIn().orElseThrow().agentSocket();
    enclave.detach();
    assertFalse(Files.exists(Optional.ofNullable(socket.getParent()).orElseThrow()));
    enclave = backend
        .reattach(request(List.of(program.server.getLocalPort()), ALLOWED), EnclaveListener.NONE)
        .orElseThrow();
    assertEquals("hello", exchanged(endpoint(), "hello"));
    assertTrue(exchanged(proxy(), "CONNECT api.example.com:443 HTTP/1.1\r\n\r\n")
        .startsWith("HTTP/1.1 200"));
    assertTrue(exchanged(proxy(), "CONNECT evil.example:443 HTTP/1.1\r\n\r\n")
        .contains("not in this image's list"));
  }

  @Test
  void nothingIsLeftOfWhatEnded() throws Exception {
    Path socket = enclave.standIn().orElseThrow().agentSocket();
    InetSocketAddress before = endpoint();
    InetSocketAddress proxy = proxy();
    enclave.terminate();
    assertFalse(Files.exists(Optional.ofNullable(socket.getParent()).orElseThrow()));
    assertThrows(ConnectException.class, () -> exchanged(before, "hello"));
    assertThrows(ConnectException.class, () -> exchanged(proxy, "hello"));
    assertEquals(
        List.of(),
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .filter(name -> name.startsWith("treza-ingress") || name.startsWith("treza-stand"))
            .toList());
  }
}
