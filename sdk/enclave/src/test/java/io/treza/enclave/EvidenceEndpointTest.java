package io.treza.enclave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.enclave.EvidenceEndpoint.Answer;
import io.treza.enclave.NsmException.Problem;
import io.treza.enclave.internal.device.ModuleDevice;
import io.treza.enclave.nsm.Module;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What whoever reaches the enclave can have of it, and how much. */
@Timeout(60)
class EvidenceEndpointTest {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final Optional<String> QUERY = Optional.of("nonce=0011aaFF");

  private final ModuleDevice device = new ModuleDevice(new Module());
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
  private EnclaveIdentity identity;

  @BeforeEach
  void start() throws Exception {
    identity = EnclaveIdentity.builder(device.nsm()).host("localhost").build();
  }

  @Test
  void theDocumentHasTheNonceAndTheKeyAndNothingElse() throws Exception {
    Answer answer = answer(EvidenceEndpoint.builder(identity).build(), QUERY);
    assertEquals(200, answer.status());
    assertEquals("application/cbor", answer.contentType());
    assertFalse(answer.endsConnection());
    AttestationDocument document = AttestationDocument.parse(answer.body());
    assertArrayEquals(HexFormat.of().parseHex("0011aaff"), document.nonce().orElseThrow());
    assertArrayEquals(identity.spkiSha256(), document.userData().orElseThrow());
    assertTrue(document.publicKey().isEmpty());
  }

  @Test
  void aNonceHasOneTo512Bytes() {
    EvidenceEndpoint endpoint = EvidenceEndpoint.builder(identity).build();
    assertEquals(200, answer(endpoint, Optional.of("nonce=00")).status());
    assertEquals(200, answer(endpoint, Optional.of("nonce=" + "00".repeat(512))).status());
    assertEquals(400, answer(endpoint, Optional.of("nonce=" + "00".repeat(513))).status());
    assertEquals(400, answer(endpoint, Optional.empty()).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonce",
        "nonce=",
        "nonce=0",
        "nonce=0g",
        "nonce=%30%30",
        "nonce=00&",
        "nonce=00&nonce=00",
        "nonce=00&user_data=00",
        "user_data=00&nonce=00",
        "Nonce=00",
        "nonce=00#",
        "nonce=00\n",
        "nonce=०१"
      })
  void anyOtherQueryIsRefusedWithAMessage(String query) {
    Answer answer = answer(EvidenceEndpoint.builder(identity).build(), Optional.of(query));
    assertEquals(400, answer.status());
    assertTrue(new String(answer.body(), UTF_8).contains("nonce="));
  }

  @Test
  void requestsBeyondTheRateAreRefusedUntilTimeHasPassed() {
    EvidenceEndpoint endpoint =
        EvidenceEndpoint.builder(identity).perSecond(2).nanoTime(nanoTime::get).build();
    assertEquals(200, answer(endpoint, QUERY).status());
    assertEquals(200, answer(endpoint, QUERY).status());
    assertEquals(429, answer(endpoint, QUERY).status());
    nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(499));
    assertEquals(429, answer(endpoint, QUERY).status());
    nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    assertEquals(200, answer(endpoint, QUERY).status());
    assertEquals(429, answer(endpoint, QUERY).status());
    nanoTime.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertEquals(200, answer(endpoint, QUERY).status());
    assertEquals(200, answer(endpoint, QUERY).status());
    assertEquals(429, answer(endpoint, QUERY).status());
  }

  @Test
  void malformedRequestsTakeNothingOfTheRate() {
    EvidenceEndpoint endpoint =
        EvidenceEndpoint.builder(identity).perSecond(1).nanoTime(nanoTime::get).build();
    for (int i = 0; i < 3; i++) {
      assertEquals(400, answer(endpoint, Optional.of("nonce=x")).status());
    }
    assertEquals(200, answer(endpoint, QUERY).status());
  }

  @Test
  void moreAtATimeThanThereArePlacesForAreRefused() throws Exception {
    EvidenceEndpoint endpoint = EvidenceEndpoint.builder(identity).concurrent(1).build();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    device.before(() -> {
      asked.countDown();
      goOn.await();
    });
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Answer> first = thread.submit(() -> answer(endpoint, QUERY));
      asked.await();
      assertEquals(503, answer(endpoint, QUERY).status());
      goOn.countDown();
      assertEquals(200, first.get().status());
      assertEquals(200, answer(endpoint, QUERY).status());
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void aFailingNsmIsSaidToFailAndNoMore() {
    EvidenceEndpoint endpoint = EvidenceEndpoint.builder(identity).concurrent(1).build();
    device.before(() -> {
      throw new NsmException(Problem.REFUSED, "something about the inside");
    });
    for (int i = 0; i < 2; i++) {
      Answer answer = answer(endpoint, QUERY);
      assertEquals(503, answer.status());
      assertEquals("the NSM gives no evidence now: REFUSED\n", new String(answer.body(), UTF_8));
    }
  }

  @Test
  void aConnectionWithoutACertificateOfTheEnclaveGetsNone() throws Exception {
    EnclaveIdentity other = EnclaveIdentity.builder(new ModuleDevice(new Module()).nsm())
        .host("localhost")
        .build();
    EvidenceEndpoint endpoint = EvidenceEndpoint.builder(identity).build();
    for (TestSession session : new TestSession[] {
      new TestSession(Optional.empty()), new TestSession(Optional.of(other.certificate()))
    }) {
      Answer answer = endpoint.answer(QUERY, session.session());
      assertEquals(421, answer.status());
      assertTrue(answer.endsConnection());
    }
  }

  @Test
  void overHttpsEveryAnswerHasItsStatusAndHeaders() throws Exception {
    EvidenceEndpoint endpoint =
        EvidenceEndpoint.builder(identity).perSecond(2).nanoTime(nanoTime::get).build();
    try (AttestedHttpsServer server = AttestedHttpsServer.builder(identity)
        .evidence(endpoint)
        .handle("/", exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(204, -1);
          }
        })
        .start()) {
      for (String path : EvidenceEndpoint.PATHS) {
        HttpResponse<byte[]> document = send(get(server, path + "?nonce=00"));
        assertEquals(200, document.statusCode());
        assertEquals(
            "application/cbor", document.headers().firstValue("Content-Type").orElse(""));
        assertEquals("no-store", document.headers().firstValue("Cache-Control").orElse(""));
        assertEquals(400, send(get(server, path)).statusCode());
        assertEquals(404, send(get(server, path + "/more?nonce=00")).statusCode());
        assertEquals(404, send(get(server, path + "s?nonce=00")).statusCode());
        HttpResponse<byte[]> posted =
            send(get(server, path + "?nonce=00").POST(BodyPublishers.ofString("nonce=00")));
        assertEquals(405, posted.statusCode());
        assertEquals("GET", posted.headers().firstValue("Allow").orElse(""));
      }
      HttpResponse<byte[]> later = send(get(server, "/attestation?nonce=00"));
      assertEquals(429, later.statusCode());
      assertEquals("1", later.headers().firstValue("Retry-After").orElse(""));
      assertEquals(204, send(get(server, "/other")).statusCode());
    }
  }

  /** Each of them would keep the server's only thread. */
  @Test
  void aClientThatStopsInTheMiddleKeepsNoThread() throws Exception {
    CountDownLatch handlerEnded = new CountDownLatch(1);
    try (AttestedHttpsServer server = AttestedHttpsServer.builder(identity)
        .threads(1)
        .requestTime(Duration.ofMillis(300))
        .handle("/large", exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            while (true) {
              out.write(new byte[65_536]);
            }
          } catch (IOException e) {
            handlerEnded.countDown();
          }
        })
        .start()) {
      try (Socket raw =
          new Socket(server.address().getAddress(), server.address().getPort())) {
        raw.setSoTimeout(PATIENCE_MILLIS);
        raw.getOutputStream().write(22);
        assertEnds(raw);
      }
      for (String begun : new String[] {
        "GET /attestation?nonce=00 HTTP/1.1\r\nHost:",
        "GET /attestation?nonce=00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
      }) {
        try (Socket tls = sent(server, begun)) {
          assertEnds(tls);
        }
      }
      try (Socket deaf = sent(server, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
        handlerEnded.await();
        assertFalse(deaf.isClosed());
      }
    }
  }

  private Socket sent(AttestedHttpsServer server, String text) throws Exception {
    Socket socket = TestTls.context(TestTls.trusting(identity.certificate()))
        .getSocketFactory()
        .createSocket(server.address().getAddress(), server.address().getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.getOutputStream().write(text.getBytes(UTF_8));
    return socket;
  }

  private static void assertEnds(Socket socket) {
    assertDoesNotThrow(() -> {
      try {
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (SSLException | SocketException e) {
        // Broken rather than ended; it is over either way.
      }
    });
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    AttestedHttpsServer.Builder server = AttestedHttpsServer.builder(identity);
    assertThrows(IllegalArgumentException.class, () -> server.threads(0));
    assertThrows(IllegalArgumentException.class, () -> server.requestTime(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> server.handle("orders", exchange -> {}));
    assertThrows(
        IllegalArgumentException.class, () -> server.handle("/attestation", exchange -> {}));
    EvidenceEndpoint.Builder endpoint = EvidenceEndpoint.builder(identity);
    assertThrows(IllegalArgumentException.class, () -> endpoint.concurrent(0));
    assertThrows(IllegalArgumentException.class, () -> endpoint.perSecond(0));
  }

  private Answer answer(EvidenceEndpoint endpoint, Optional<String> query) {
    return endpoint.answer(query, new TestSession(Optional.of(identity.certificate())).session());
  }

  private static HttpRequest.Builder get(AttestedHttpsServer server, String path) {
    return HttpRequest.newBuilder(
        URI.create("https://localhost:" + server.address().getPort() + path));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(TestTls.context(TestTls.trusting(identity.certificate())))
        .build()
        .send(request.build(), BodyHandlers.ofByteArray());
  }
}
