package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.SECRET;
import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.clientOf;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.running;
import static io.treza.sdk.attested.Enclaves.secret;
import static io.treza.sdk.attested.Enclaves.trusting;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import io.treza.testkit.FakeEnclave;
import io.treza.testkit.Fault;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A request reaches the enclave that is meant, or nobody. */
class AttestedHttpClientTest {
  private FakeEnclave enclave;

  @BeforeEach
  void start() throws IOException {
    enclave = FakeEnclave.start();
  }

  @AfterEach
  void stop() {
    enclave.close();
  }

  @Test
  void aRequestReachesTheEnclaveWithAllItsHeaders() throws IOException {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      assertEquals("hello", body(client, secret(enclave.address())));
      assertEquals(List.of(SECRET), enclave.received().get(0).header("authorization"));
      assertEquals("GET /pay?secret=1", enclave.received().get(0).toString());
      assertEquals(
          Measurements.of(enclave.pcr(0), enclave.pcr(1), enclave.pcr(2)),
          client.attestations().get(0).measurements().orElseThrow());
    }
  }

  @Test
  void aBodyIsSentOnceAndWhole() throws IOException {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      byte[] large = new byte[1 << 20];
      Request post =
          secret(enclave.address()).newBuilder().post(RequestBody.create(large)).build();
      body(client, post);
      assertEquals(1, enclave.received().size());
      assertArrayEquals(large, enclave.received().get(0).body());
    }
  }

  @Test
  void anEnqueuedCallEndsTheSameWay() throws Exception {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      enclave.failing(Fault.OTHER_IMAGE);
      CompletableFuture<IOException> failure = new CompletableFuture<>();
      client.newCall(secret(enclave.address())).enqueue(new Callback() {
        @Override
        public void onFailure(Call call, IOException e) {
          failure.complete(e);
        }

        @Override
        public void onResponse(Call call, Response response) {
          failure.completeExceptionally(new AssertionError(response));
        }
      });
      assertRejected(
          Reason.MEASUREMENT_MISMATCH,
          assertInstanceOf(PeerNotAttestedException.class, failure.get()));
      assertEquals(List.of(), enclave.received());
    }
  }

  @Test
  void evidenceOfAKeyIsAskedForOnce() throws IOException {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      for (int i = 0; i < 5; i++) {
        body(client, secret(enclave.address()));
      }
    }
    assertEquals(1, enclave.attestations());
  }

  @ParameterizedTest
  @EnumSource(FakeEnclave.Binding.class)
  void everyPlaceOfTheKeyIsChecked(FakeEnclave.Binding place) throws IOException {
    KeyBinding binding = switch (place) {
      case USER_DATA_SHA256 -> KeyBinding.SPKI_SHA256;
      case USER_DATA_SHA384 -> KeyBinding.SPKI_SHA384;
      case PUBLIC_KEY -> KeyBinding.PUBLIC_KEY;
    };
    Reason mismatch =
        binding == KeyBinding.PUBLIC_KEY ? Reason.PUBLIC_KEY_MISMATCH : Reason.USER_DATA_MISMATCH;
    EvidenceProtocol protocol = EvidenceProtocol.template("/attestation?nonce={nonce}", binding);
    try (FakeEnclave other = FakeEnclave.builder().binding(place).start();
        AttestedHttpClient client = clientOf(other).evidence(protocol).build()) {
      other.failing(Fault.OTHER_KEY);
      assertRejected(mismatch, refused(client, secret(other.address())));
      other.failing(Fault.NO_KEY);
      assertRejected(mismatch, refused(client, secret(other.address())));
      assertEquals(List.of(), other.received());
      other.genuine();
      assertEquals("hello", body(client, secret(other.address())));
    }
  }

  static Stream<EvidenceProtocol> protocols() {
    return Stream.of(EvidenceProtocol.nitriding(), EvidenceProtocol.evervault());
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void everyProtocolIsSpoken(EvidenceProtocol protocol) throws IOException {
    try (AttestedHttpClient client = clientOf(enclave).evidence(protocol).build()) {
      enclave.failing(Fault.OTHER_KEY);
      assertRejected(Reason.USER_DATA_MISMATCH, refused(client, secret(enclave.address())));
      assertEquals(List.of(), enclave.received());
      enclave.genuine();
      assertEquals("hello", body(client, secret(enclave.address())));
    }
  }

  @Test
  void parallelRequestsShareOneVerdict() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      List<Future<String>> answers = IntStream.range(0, 64)
          .mapToObj(i -> threads.submit(() -> body(client, secret(enclave.address()))))
          .toList();
      for (Future<String> answer : answers) {
        assertEquals("hello", answer.get());
      }
      assertEquals(1, enclave.attestations());
      assertEquals(64, enclave.received().size());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aKeyIsAttestedAnewWhenItsTimeIsOver() throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (AttestedHttpClient client =
        clientOf(enclave).clock(now::get).reverifyAfter(Duration.ofMinutes(5)).build()) {
      body(client, secret(enclave.address()));
      now.updateAndGet(t -> t.plus(Duration.ofMinutes(5)).minusNanos(1));
      body(client, secret(enclave.address()));
      assertEquals(1, enclave.attestations());

      now.updateAndGet(t -> t.plusNanos(1));
      enclave.failing(Fault.OTHER_IMAGE);
      assertRejected(Reason.MEASUREMENT_MISMATCH, refused(client, secret(enclave.address())));
      assertEquals(2, enclave.received().size());

      enclave.genuine();
      body(client, secret(enclave.address()));
      now.updateAndGet(t -> t.minus(Duration.ofDays(1)));
      body(client, secret(enclave.address()));
      assertEquals(4, enclave.attestations());
    }
  }

  @Test
  void theRealClockDoesNotMakeEveryRequestAskAgain() throws IOException {
    try (AttestedHttpClient client =
        clientOf(enclave).reverifyAfter(Duration.ofDays(1)).build()) {
      body(client, secret(enclave.address()));
      body(client, secret(enclave.address()));
      assertEquals(1, enclave.attestations());
    }
  }

  @Test
  void otherAddressesAreRefusedBeforeAnyConnection() throws IOException {
    try (FakeEnclave other = FakeEnclave.start();
        AttestedHttpClient client = clientOf(enclave).build()) {
      String http = enclave.address().toString().replace("https", "http");
      for (URI address : List.of(other.address(), URI.create(http), URI.create("https://x.test"))) {
        PeerNotAttestedException refusal = refused(client, secret(address));
        assertEquals(Problem.OTHER_ORIGIN, refusal.problem());
      }
      assertEquals(List.of(), other.received());
      assertEquals(0, other.attestations() + enclave.attestations());
    }
  }

  @Test
  void theWebPkiIsAskedTooIfWanted() {
    try (AttestedHttpClient client = clientOf(enclave).requireWebPki().build()) {
      assertThrows(SSLHandshakeException.class, () -> body(client, secret(enclave.address())));
      assertEquals(0, enclave.attestations());
    }
  }

  @Test
  void anAddressThatIsMoreThanAnOriginIsRefused() {
    for (String address : List.of(
        "http://localhost",
        "https://localhost/path",
        "https://localhost/?q",
        "https://u:p@localhost/",
        "https://localhost/#f",
        "ftp://localhost")) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              AttestedHttpClient.builder(URI.create(address), trusting(enclave), running(enclave)),
          address);
    }
  }

  @Test
  void neitherTheClientNorItsRefusalsShowTheRequest() {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      enclave.failing(Fault.OTHER_IMAGE);
      String text = refused(client, secret(enclave.address())).toString() + client;
      assertTrue(!text.contains("secret") && !text.contains(SECRET), text);
    }
  }
}
