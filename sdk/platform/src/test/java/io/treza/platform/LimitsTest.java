package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.Wire.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is over a limit is refused, says so, and costs nobody else anything. */
@Timeout(60)
class LimitsTest {
  private static final String LIST = "/api/enclaves?wallet=" + Wire.WALLET;

  private final FakeBackend backend = new FakeBackend();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  private TrezaPlatform start(Limits.Builder limits) throws IOException {
    return TrezaPlatform.builder(backend).limits(limits.build()).clock(now::get).start();
  }

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }

  @Test
  void aKeyThatAsksTooOftenWaitsAsLongAsItIsTold() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().requestRate(1, 3))) {
      Wire eager = new Wire(platform);
      Wire other = new Wire(platform);
      for (int i = 0; i < 3; i++) {
        assertEquals(200, eager.get(LIST).status());
      }
      Answer refused = eager.get(LIST);
      assertEquals(429, refused.status());
      assertEquals(Optional.of("1"), refused.headers().firstValue("Retry-After"));
      assertEquals(200, other.get(LIST).status(), "each key has a bucket of its own");
      pass(Duration.ofMillis(999));
      assertEquals(429, eager.get(LIST).status());
      pass(Duration.ofMillis(1));
      assertEquals(200, eager.get(LIST).status());
      assertEquals(429, eager.get(LIST).status());
    }
  }

  @Test
  void aClockThatIsSetBackShutsNobodyOutForLong() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().requestRate(1, 2))) {
      Wire wire = new Wire(platform);
      assertEquals(200, wire.get(LIST).status());
      pass(Duration.ofDays(-1));
      assertEquals(429, wire.get(LIST).status());
      pass(Duration.ofSeconds(1));
      assertEquals(200, wire.get(LIST).status());
    }
  }

  @Test
  void whoHasNoKeyTakesNobodysTurn() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().requestRate(1, 1))) {
      Wire wire = new Wire(platform);
      for (int i = 0; i < 3; i++) {
        assertEquals(401, wire.as("treza_live_none").get(LIST).status());
      }
      assertEquals(200, wire.get(LIST).status());
    }
  }

  @Test
  void aBodyUpToTheLimitIsRead() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().bodyBytes(1000))) {
      Wire wire = new Wire(platform);
      assertEquals(400, wire.send("POST", "/api/tasks", "{}" + " ".repeat(998)).status());
      Answer refused = wire.send("POST", "/api/tasks", "{}" + " ".repeat(999));
      assertEquals(413, refused.status());
      assertEquals("Request body is over 1000 bytes", refused.error());
    }
  }

  /** A wallet may have a thousand of them, and a list has them all. */
  @Test
  void aRecordIsShortUnlessTheOperatorSaysOtherwise() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder())) {
      Wire wire = new Wire(platform);
      assertEquals(
          400, wire.send("POST", "/api/tasks", "{}" + " ".repeat(65_534)).status());
      assertEquals(
          413, wire.send("POST", "/api/tasks", "{}" + " ".repeat(65_535)).status());
    }
  }

  @Test
  void headersUpToTheLimitAreRead() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().headerBytes(1000))) {
      Wire wire = new Wire(platform);
      String key = "Authorization: Bearer " + wire.key();
      assertEquals(200, Wire.status(platform, key));
      assertEquals(431, Wire.status(platform, key, "X: " + "x".repeat(1000)));
    }
  }

  @Test
  void whenAllPlacesAreTakenTheNextIsToldToComeAgain() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().concurrentRequests(1))) {
      Wire wire = new Wire(platform);
      backend.launches.release();
      String id = wire.create("a");
      wire.await(id, "DEPLOYED");
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      backend.beforeEvidence = () -> {
        asked.countDown();
        go.await();
      };
      FutureTask<Answer> slow =
          new FutureTask<>(() -> wire.get("/api/enclaves/" + id + "/attestation"));
      new Thread(slow).start();
      asked.await();
      Answer refused = wire.get(LIST);
      assertEquals(503, refused.status());
      assertEquals(Optional.of("1"), refused.headers().firstValue("Retry-After"));
      go.countDown();
      assertEquals(200, slow.get().status());
      assertEquals(200, wire.get(LIST).status());
    }
  }

  @Test
  void aWalletHasItsQuotaOfEnclavesAndDestroyedOnesDoNotCount() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().enclavesPerWallet(2))) {
      Wire wire = new Wire(platform);
      backend.launches.release(100);
      String first = wire.create("a");
      wire.create("b");
      Answer refused = wire.replay("create", "");
      assertEquals(409, refused.status());
      assertTrue(refused.error().contains("2 enclaves"), refused.error());
      Wire other = wire.as(platform.newKey("other", "0x2"));
      assertTrue(other.createFor("0x2", "a").startsWith("enc_"), "a quota is a wallet's own");
      wire.await(first, "DEPLOYED");
      wire.patch(first, "terminate");
      wire.await(first, "DESTROYED");
      assertEquals(201, wire.replay("create", "").status());
    }
  }

  @Test
  void aWalletHasItsQuotaOfDestroyedEnclavesUntilItDeletesThem() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().recordsPerWallet(1))) {
      Wire wire = new Wire(platform);
      backend.launches.release(100);
      String first = wire.create("a");
      wire.await(first, "DEPLOYED");
      wire.patch(first, "terminate");
      wire.await(first, "DESTROYED");
      Answer refused = wire.replay("create", "");
      assertEquals(409, refused.status());
      assertTrue(refused.error().contains("destroyed"), refused.error());
      assertEquals(
          200,
          wire.send("DELETE", "/api/enclaves/" + first + "?wallet=" + Wire.WALLET, "")
              .status());
      assertEquals(201, wire.replay("create", "").status());
    }
  }

  @Test
  void aWalletHasItsQuotaOfTasksAndOfKeys() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder().recordsPerWallet(2))) {
      Wire wire = new Wire(platform);
      assertEquals(201, wire.replay("task-create", "").status());
      assertEquals(201, wire.replay("task-create", "").status());
      assertEquals(409, wire.replay("task-create", "").status());
      assertEquals(201, wire.replay("key-create", "").status());
      assertEquals(409, wire.replay("key-create", "").status(), "the one that asks counts");
    }
  }

  /** What it does is {@link SlowRequestTest}'s part. */
  @Test
  void slowRequestsAndAnswersNobodyTakesAreLimitedUnlessTheProcessSaysOtherwise() throws Exception {
    try (TrezaPlatform platform = start(Limits.builder())) {
      assertTrue(platform.baseUrl().getPort() > 0);
      assertEquals("30", System.getProperty("sun.net.httpserver.maxReqTime"));
      assertEquals("120", System.getProperty("sun.net.httpserver.maxRspTime"));
    }
  }

  /** More than requests at a time: what holds their threads must not hold everybody's. */
  @Test
  void connectionsWhoseRequestDoesNotArriveKeepNobodyOut() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try (TrezaPlatform platform = start(Limits.builder().concurrentRequests(2))) {
      for (int i = 0; i < 100; i++) {
        Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), platform.baseUrl().getPort());
        slow.add(socket);
        socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
      }
      assertEquals(201, new Wire(platform).replay("task-create", "").status());
      for (Socket socket : slow) {
        // All of them still hold what they have.
        socket.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void aLimitOfNothingIsRefused() {
    Limits.Builder none = Limits.builder().enclavesPerWallet(0);
    String message = assertThrows(IllegalArgumentException.class, none::build).getMessage();
    assertEquals("enclavesPerWallet must be at least 1, not 0", message);
    assertThrows(
        IllegalArgumentException.class,
        () -> Limits.builder().slowestRequest(Duration.ofMillis(999)).build());
  }
}
