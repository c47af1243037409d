package io.treza.sdk.attested;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket whose peer is not attested is nobody's, and nothing was sent over it. */
@Timeout(60)
class AttestedTlsTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

  private final Workload workload = new Workload();
  private final Peer.Tls honest = Peer.Tls.of("db.example.com");
  private final Peer.Tls attackers = Peer.Tls.of("db.example.com");
  private final AtomicInteger asked = new AtomicInteger();

  /** Echoes, over TLS, and tells of each connection what it was sent and which name it was for. */
  private static final class Echo implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> names = new LinkedBlockingQueue<>();
    private final Peer.Tls tls;

    Echo(Peer.Tls tls) throws IOException {
      this.tls = tls;
      Thread thread = new Thread(this::serve, "echo");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve() {
      while (!server.isClosed()) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Socket plain = server.accept();
            SSLSocket socket = (SSLSocket) tls.sockets().createSocket(plain, null, true)) {
          socket.startHandshake();
          names.add(((ExtendedSSLSession) socket.getSession())
              .getRequestedServerNames()
              .toString());
          int next = socket.getInputStream().read();
          while (next >= 0) {
            bytes.write(next);
            socket.getOutputStream().write(next);
            next = socket.getInputStream().read();
          }
        } catch (IOException e) {
          // The client hung up, or the test is over.
        }
        received.add(bytes.toByteArray());
      }
    }

    InetSocketAddress address() {
      return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    byte[] received() throws InterruptedException {
      byte[] bytes = received.poll(30, TimeUnit.SECONDS);
      return bytes == null ? new byte[] {-1} : bytes;
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** The platform: the honest enclave's document about its key, for whatever nonce. */
  private EvidenceSource source(X509Certificate certificate) {
    return (id, nonce) -> {
      asked.incrementAndGet();
      return workload.document(nonce, certificate);
    };
  }

  private AttestedTls.Builder client(EvidenceSource source) {
    return AttestedTls.builder(workload.verifier(), workload.pinned())
        .evidence(source, "enc_1", KeyBinding.SPKI_SHA256);
  }

  @Test
  void theEnclaveIsTalkedToByItsNameAndItsKeyIsVerifiedOnce() throws Exception {
    AttestedTls client = client(source(honest.certificate())).build();
    try (Echo echo = new Echo(honest)) {
      for (int i = 0; i < 2; i++) {
        try (SSLSocket socket = client.connect("db.example.com", echo.address())) {
          assertEquals(0, socket.getSoTimeout());
          socket.getOutputStream().write(HELLO);
          assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
        }
        assertArrayEquals(HELLO, echo.received());
        assertTrue(echo.names.take().contains("db.example.com"));
      }
    }
    assertEquals(1, asked.get());
    assertEquals(1, client.attestations().size());
  }

  @Test
  void aConnectionThatIsCutDoesNotLookLikeOneThatEnded() throws Exception {
    AttestedTls client = client(source(honest.certificate())).build();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread parent = new Thread(() -> sendAndCut(server), "parent");
      parent.start();
      try (SSLSocket socket = client.connect(
          "db.example.com",
          new InetSocketAddress(server.getInetAddress(), server.getLocalPort()))) {
        assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
        IOException cut =
            assertThrows(IOException.class, () -> socket.getInputStream().read());
        assertTrue(String.valueOf(cut.getMessage()).contains("cut"), cut.toString());
      }
      parent.join();
    }
  }

  /** Ends TCP where TLS is in the middle. */
  private void sendAndCut(ServerSocket server) {
    try (Socket plain = server.accept()) {
      SSLSocket socket = (SSLSocket) honest.sockets().createSocket(plain, null, false);
      socket.getOutputStream().write(HELLO);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatTheClientCutsDoesNotLookLikeAnEndToTheEnclave() throws Exception {
    AttestedTls client = client(source(honest.certificate())).build();
    for (boolean cut : new boolean[] {false, true}) {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        AtomicReference<String> end = new AtomicReference<>("");
        Thread enclave = new Thread(() -> end.set(endOf(server)), "enclave");
        enclave.start();
        SSLSocket socket = client.connect(
            "db.example.com",
            new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
        socket.getOutputStream().write(HELLO);
        assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
        if (cut) {
          socket.setSoLinger(true, 0);
        }
        socket.close();
        enclave.join();
        assertEquals(cut ? "broken" : "ended", end.get());
      }
    }
  }

  /** What an enclave that echoes once sees of a connection after that. */
  private String endOf(ServerSocket server) {
    try (SSLSocket socket =
        (SSLSocket) honest.sockets().createSocket(server.accept(), null, true)) {
      socket.getOutputStream().write(socket.getInputStream().readNBytes(HELLO.length));
      return socket.getInputStream().read() < 0 ? "ended" : "more";
    } catch (IOException e) {
      return "broken";
    }
  }

  @Test
  void anImpostorWithGenuineEvidenceOfTheEnclaveGetsNoByte() throws Exception {
    AttestedTls client = client(source(honest.certificate())).build();
    try (Echo impostor = new Echo(attackers)) {
      PeerNotAttestedException refused = assertThrows(
          PeerNotAttestedException.class,
          () -> client.connect("db.example.com", impostor.address()));
      assertEquals(Reason.USER_DATA_MISMATCH, refused.reason().orElseThrow());
      assertArrayEquals(new byte[0], impostor.received());
    }
    assertEquals(List.of(), client.attestations());
  }

  @Test
  void attestingOneKeyAttestsNoOther() throws Exception {
    AttestedTls client = client(source(honest.certificate())).build();
    try (Echo echo = new Echo(honest);
        Echo impostor = new Echo(attackers)) {
      client.connect("db.example.com", echo.address()).close();
      assertThrows(
          PeerNotAttestedException.class,
          () -> client.connect("db.example.com", impostor.address()));
      assertArrayEquals(new byte[0], impostor.received());
    }
  }

  @Test
  void withoutEvidenceThereIsNoSocket() throws Exception {
    AttestedTls client = client((id, nonce) -> {
          throw new IOException("gone");
        })
        .build();
    try (Echo echo = new Echo(honest)) {
      PeerNotAttestedException refused = assertThrows(
          PeerNotAttestedException.class, () -> client.connect("db.example.com", echo.address()));
      assertEquals(Problem.NO_EVIDENCE, refused.problem());
      assertArrayEquals(new byte[0], echo.received());
    }
  }

  @Test
  void aPeerThatSaysNothingIsGivenUp() throws Exception {
    AttestedTls client =
        client(source(honest.certificate())).timeout(Duration.ofMillis(100)).build();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThrows(
          IOException.class,
          () -> client.connect(
              "db.example.com",
              new InetSocketAddress(silent.getInetAddress(), silent.getLocalPort())));
    }
    assertEquals(0, asked.get());
  }

  @Test
  void aKeyIsVerifiedAnewAfterAWhileAndMoreMayBeDemanded() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    AttestedTls client = client(source(honest.certificate()))
        .clock(now::get)
        .reverifyAfter(Duration.ofMinutes(1))
        .build();
    try (Echo echo = new Echo(honest)) {
      client.connect("db.example.com", echo.address()).close();
      now.set(now.get().plusSeconds(60));
      client.connect("db.example.com", echo.address()).close();
      assertEquals(2, asked.get());
      AttestedTls elsewhere = client(source(honest.certificate()))
          .demanding(e -> e.region("eu-central-1"))
          .build();
      PeerNotAttestedException refused = assertThrows(
          PeerNotAttestedException.class,
          () -> elsewhere.connect("db.example.com", echo.address()));
      assertEquals(Reason.REGION_MISMATCH, refused.reason().orElseThrow());
    }
  }
}
