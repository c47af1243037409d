package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent again, how often and when. */
@WireMockTest
class RetryTest {
  private static final String ENCLAVE = "{\"enclave\":{\"id\":\"e\",\"status\":\"DEPLOYED\"}}";
  private static final String PROVIDERS = "/api/providers";
  private static final Duration HALF_SECOND = Duration.ofMillis(500);

  private final FakePacing pacing = new FakePacing();
  private final List<CallListener.Call> heard = new ArrayList<>();
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = builder().build();
    // What the platform says of its providers is not at issue here.
    server
        .getWireMock()
        .register(any(urlPathEqualTo(PROVIDERS)).atPriority(1).willReturn(status(404)));
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0x1")
        .callListener(heard::add)
        .pacing(pacing);
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  /** Answers one after the other; the last one from then on. */
  private void answers(ResponseDefinitionBuilder... answers) {
    for (int i = 0; i < answers.length; i++) {
      server
          .getWireMock()
          .register(any(anyUrl())
              .inScenario("answers")
              .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "answer " + i)
              .willSetStateTo("answer " + Math.max(1, Math.min(i + 1, answers.length - 1)))
              .willReturn(answers[i]));
    }
    if (answers.length == 1) {
      server.getWireMock().register(any(anyUrl()).willReturn(answers[0]));
    }
  }

  private static ResponseDefinitionBuilder status(int status) {
    return aResponse().withStatus(status);
  }

  private int requests() {
    return server
        .getWireMock()
        .find(anyRequestedFor(urlPathMatching("(?!" + PROVIDERS + ").*")))
        .size();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void readingIsTriedAgainAfterAnAnswerThatMayPass(int status) {
    answers(status(status), okJson(ENCLAVE));
    assertEquals("e", client.getEnclave("e").id());
    assertEquals(List.of(HALF_SECOND), pacing.sleeps);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void readingIsTriedAgainAfterABrokenConnection(Fault fault) {
    answers(aResponse().withFault(fault), aResponse().withFault(fault), okJson(ENCLAVE));
    assertEquals("e", client.getEnclave("e").id());
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 402, 403, 404, 409, 418, 501})
  void whatWillNotPassIsNotTriedAgain(int status) {
    answers(status(status));
    assertThrows(TrezaException.class, () -> client.getEnclave("e"));
    assertEquals(1, requests());
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("pause", c -> c.pauseEnclave("e")),
        change("resume", c -> c.resumeEnclave("e")),
        change("terminate", c -> c.terminateEnclave("e")),
        change(
            "update",
            c -> c.updateEnclave(UpdateEnclaveRequest.builder("e").name("n").build())),
        change("create task", c -> c.createTask(new CreateTaskRequest("e", "n", "d", "0 * * * *"))),
        change("create key", c -> c.createApiKey(new CreateApiKeyRequest("n", List.of()))),
        change("any deletion", c -> c.request(ApiRequest.delete("/api/x"))),
        change("anything", c -> c.request(ApiRequest.post("/api/x"))));
  }

  private static Arguments change(String name, Consumer<TrezaClient> call) {
    return Arguments.of(name, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void whatDoesMoreTheSecondTimeIsSentOnceThoughTheServerAsksForMore(
      String name, Consumer<TrezaClient> call) {
    answers(status(503).withHeader("Retry-After", "0"));
    assertThrows(TrezaException.Server.class, () -> call.accept(client));
    assertEquals(1, requests());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void whatWasRefusedForItsRateIsSentAgain(String name, Consumer<TrezaClient> call) {
    answers(status(429));
    assertThrows(TrezaException.RateLimited.class, () -> call.accept(client));
    assertEquals(3, requests());
  }

  static Stream<Arguments> repeatable() {
    return Stream.of(
        change("delete enclave", c -> c.deleteEnclave("e")),
        change("delete task", c -> c.deleteTask("t")),
        change("delete key", c -> c.deleteApiKey("k")),
        change("verdict", c -> c.requestVerdict("e", VerdictRequest.EMPTY)),
        change(
            "update task",
            c -> c.updateTask(new UpdateTaskRequest(
                "t", "n", TaskStatus.STOPPED, Optional.empty(), Optional.empty()))),
        change(
            "update key",
            c -> c.updateApiKey(
                new UpdateApiKeyRequest("k", "n", ApiKeyStatus.ACTIVE, Optional.empty()))),
        change("anything", c -> c.request(ApiRequest.post("/api/x").repeatable())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("repeatable")
  void whatDoesNoMoreTheSecondTimeIsSentAgain(String name, Consumer<TrezaClient> call) {
    answers(status(502));
    assertThrows(TrezaException.Server.class, () -> call.accept(client));
    assertEquals(3, requests());
  }

  @Test
  void aDeletionWhoseAnswerWasLostIsDone() {
    answers(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER), status(404));
    client.deleteEnclave("e");
    assertEquals(2, requests());
  }

  @Test
  void aDeletionOverAConnectionThatWasKeptIsNotRepeatedUnseen() {
    answers(okJson(ENCLAVE), aResponse().withFault(Fault.EMPTY_RESPONSE), status(404));
    client.getEnclave("e");
    client.deleteEnclave("e");
    assertEquals(2, heard.get(1).attempts());
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 410})
  void aDeletionOfWhatIsNotThereFails(int status) {
    answers(status(status));
    assertThrows(TrezaException.NotFound.class, () -> client.deleteEnclave("e"));
  }

  @Test
  void aDeletionThatWasOnlyRefusedBeforeStillFails() {
    answers(status(429), status(404));
    assertThrows(TrezaException.NotFound.class, () -> client.deleteEnclave("e"));
  }

  @Test
  void aServerThatIsNotReachedMayBeAskedAgainForAnything() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (TrezaClient lost =
        builder().baseUrl(URI.create("http://127.0.0.1:" + free)).build()) {
      assertThrows(TrezaException.Network.class, () -> lost.pauseEnclave("e"));
    }
    assertEquals(3, heard.get(0).attempts());
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    answers(status(503));
    try (TrezaClient patient = builder()
        .retries(new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(3)))
        .build()) {
      assertThrows(TrezaException.Server.class, () -> patient.getEnclave("e"));
    }
    assertEquals(
        List.of(1L, 2L, 3L, 3L), pacing.sleeps.stream().map(Duration::toSeconds).toList());
  }

  @Test
  void pausesAreRandomUpToTheirLimit() {
    for (int i = 0; i < 1000; i++) {
      Duration pause = Pacing.SYSTEM.upTo(Duration.ofNanos(3));
      assertTrue(!pause.isNegative() && pause.toNanos() <= 3, pause.toString());
    }
    assertTrue(Stream.generate(() -> Pacing.SYSTEM.upTo(Duration.ofNanos(1)))
        .limit(1000)
        .map(Duration::toNanos)
        .toList()
        .containsAll(List.of(0L, 1L)));
  }

  @Test
  void aPolicyOfOneAttemptMakesOne() {
    answers(status(503));
    try (TrezaClient once = builder().retries(RetryPolicy.NONE).build()) {
      assertThrows(TrezaException.Server.class, () -> once.getEnclave("e"));
    }
    assertEquals(1, requests());
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "1, -1, 0", "1, 2, 1"})
  void aPolicyThatIsNoneIsRefused(int attempts, long first, long longest) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RetryPolicy(attempts, Duration.ofSeconds(first), Duration.ofSeconds(longest)));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        // Retry-After | Date | how long in milliseconds; empty for unsaid, and then the backoff
        "7 | - | 7000",
        "0 | - | 500",
        "Mon, 23 Nov 2026 10:00:30 GMT | Mon, 23 Nov 2026 10:00:00 GMT | 30000",
        "Mon, 23 Nov 2026 09:00:00 GMT | Mon, 23 Nov 2026 10:00:00 GMT | 500",
        "Mon, 23 Nov 2026 10:00:30 GMT | - | 500",
        "soon | - | 500",
        "-5 | - | 500",
        "1e3 | - | 500",
        "99999999999999999999 | - | 500",
        "- | - | 500",
      })
  void aRateLimitIsWaitedFor(String after, String date, long millis) {
    ResponseDefinitionBuilder limited = status(429);
    if (after != null) {
      limited.withHeader("Retry-After", after);
    }
    if (date != null) {
      limited.withHeader("Date", date);
    }
    answers(limited, okJson(ENCLAVE));
    client.getEnclave("e");
    assertEquals(List.of(Duration.ofMillis(millis)), pacing.sleeps);
  }

  @Test
  void aServerThatIsAwayMaySayHowLong() {
    answers(status(503).withHeader("Retry-After", "12"), okJson(ENCLAVE));
    client.getEnclave("e");
    assertEquals(List.of(Duration.ofSeconds(12)), pacing.sleeps);
  }

  @Test
  void aPauseLongerThanTheCallMayTakeIsNotBegun() {
    answers(status(429).withHeader("Retry-After", "90"));
    TrezaException.RateLimited failure =
        assertThrows(TrezaException.RateLimited.class, () -> client.getEnclave("e"));
    assertEquals(Optional.of(Duration.ofSeconds(90)), failure.retryAfter());
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void anInterruptDuringAPauseEndsTheCallAndIsKept() {
    answers(status(503));
    try (TrezaClient interrupted = builder()
        .pacing(new Pacing() {
          @Override
          public Duration elapsed() {
            return Duration.ZERO;
          }

          @Override
          public void sleep(Duration duration) throws InterruptedException {
            throw new InterruptedException();
          }
        })
        .build()) {
      assertThrows(TrezaException.Cancelled.class, () -> interrupted.getEnclave("e"));
      assertTrue(Thread.interrupted());
    }
    assertEquals(1, requests());
  }

  @Test
  void theListenerHearsOfACallWithoutWhatIsPrivateInIt() {
    answers(status(503), okJson(ENCLAVE));
    client.getEnclave("secret-id");
    assertEquals(
        List.of(new CallListener.Call(
            "GET", "/api/enclaves/{id}", OptionalInt.of(200), 2, HALF_SECOND)),
        heard);
  }

  @Test
  void theListenerHearsOfAFailure() {
    answers(aResponse().withFault(Fault.EMPTY_RESPONSE));
    assertThrows(TrezaException.Network.class, () -> client.getPcrs("e"));
    assertEquals(OptionalInt.empty(), heard.get(0).status());
    assertEquals(3, heard.get(0).attempts());
  }

  @Test
  void aListenerThatFailsFailsNoCall() {
    answers(okJson(ENCLAVE));
    try (TrezaClient observed = builder()
        .callListener(call -> {
          throw new IllegalStateException("the listener's own trouble");
        })
        .build()) {
      assertEquals("e", observed.getEnclave("e").id());
    }
    assertEquals(1, CapturedLogs.with("the listener's own trouble").size());
  }
}
