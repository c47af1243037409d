package io.treza.aws;

import static io.treza.attestation.ChallengeStatus.OUTSTANDING;
import static io.treza.attestation.ChallengeStatus.UNKNOWN;
import static io.treza.platform.store.PlatformStoreContract.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.treza.attestation.ChallengeStore;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreContract;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a write has done is known although the answer to it was lost, or it is not relied on. */
class LostAnswersTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final AtomicInteger robberies = new AtomicInteger();
  private final HttpClient http = HttpClient.newHttpClient();
  private LocalDynamoDb dynamoDb;
  private HttpServer relay;
  private DynamoDbTable table;
  private DynamoDbTable robbed;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    dynamoDb = new LocalDynamoDb(directory);
    table = dynamoDb.table("records");
    relay = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    relay.createContext("/", this::hand);
    relay.start();
    robbed = DynamoDbTable.named("records")
        .region("eu-central-1")
        .insecureEmulator(URI.create("http://127.0.0.1:" + relay.getAddress().getPort()))
        .build();
  }

  @AfterEach
  void stop() {
    robbed.close();
    table.close();
    relay.stop(0);
    dynamoDb.close();
  }

  /** Hands a request on, and now and then keeps the answer. */
  private void hand(HttpExchange exchange) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(dynamoDb.address())
        .POST(HttpRequest.BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
    for (String name : new String[] {"X-Amz-Target", "Content-Type", "Authorization"}) {
      request.header(name, exchange.getRequestHeaders().getFirst(name));
    }
    try (exchange) {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (robberies.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        return;
      }
      exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aChallengeWhoseAnswerIsLostIsLost() {
    ChallengeStore store = new DynamoDbChallengeStore(table, InstantSource.system());
    ChallengeStore far = new DynamoDbChallengeStore(robbed, InstantSource.system());
    byte[] nonce = store.issue("a", HOUR).nonce();
    robberies.set(1);
    assertEquals(UNKNOWN, far.consume(nonce, "a"));
    byte[] next = store.issue("a", HOUR).nonce();
    robberies.set(100);
    assertThrows(IllegalStateException.class, () -> far.consume(next, "a"));
    assertEquals(UNKNOWN, store.consume(next, "a"));
    robberies.set(1);
    assertThrows(IllegalStateException.class, () -> far.issue("a", HOUR));
    robberies.set(0);
    assertEquals(OUTSTANDING, far.consume(far.issue("a", HOUR).nonce(), "a"));
  }

  @Test
  void aSequenceThatWasRaisedUnheardIsRaised() {
    robberies.set(1);
    assertEquals(7, new DynamoDbSequenceStore(robbed).raise("app", 7));
    assertEquals(7, new DynamoDbSequenceStore(table).raise("app", 6));
  }

  @Test
  void aRecordThatWasWrittenUnheardIsFoundToBeOnesOwn() {
    PlatformStore store = new DynamoDbPlatformStore(robbed);
    StoredEnclave enclave = PlatformStoreContract.enclave("enc_1");
    robberies.set(1);
    assertTrue(store.enclaves().insert(enclave));
    robberies.set(1);
    assertFalse(store.enclaves().insert(enclave), "another's, although the same");
    StoredEnclave next = enclave.failed("x", NOW);
    robberies.set(1);
    assertTrue(store.enclaves().replace(next));
    assertEquals(Optional.of(next), store.enclaves().find("enc_1"));
    robberies.set(1);
    assertTrue(store.insertOnce(
        PlatformStoreContract.enclave("enc_2"), new StoredRequest("k", "h", "enc_2", NOW)));
    robberies.set(1);
    assertFalse(store.enclaves().delete(next), "gone, as it says");
    assertEquals(Optional.empty(), store.enclaves().find("enc_1"));
  }
}
