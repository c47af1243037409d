package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Waiting for a status ends there, where it is in vain, or at the deadline. */
@WireMockTest
class WaitersTest {
  private static final Wait MINUTE = Wait.atMost(Duration.ofMinutes(1));
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

  private final FakePacing pacing = new FakePacing();
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .pollInterval(TEN_SECONDS)
        .pacing(pacing)
        .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  /** Tells one status after the other, the last one from then on; a number is an HTTP status. */
  private void platformTells(String... words) {
    for (int i = 0; i < words.length; i++) {
      server
          .getWireMock()
          .register(get(urlPathEqualTo("/api/enclaves/e"))
              .inScenario("status")
              .whenScenarioStateIs(state(i))
              .willSetStateTo(state(Math.min(i + 1, words.length - 1)))
              .willReturn(told(words[i])));
    }
  }

  private static String state(int answer) {
    return answer == 0 ? Scenario.STARTED : "answer " + answer;
  }

  private static ResponseDefinitionBuilder told(String word) {
    return word.matches("[0-9]+")
        ? aResponse().withStatus(Integer.parseInt(word))
        : okJson("{\"enclave\":{\"id\":\"e\",\"status\":\"" + word + "\"}}");
  }

  private void errorLogSays(String... lines) {
    List<String> entries = new ArrayList<>();
    for (String line : lines) {
      entries.add("{\"timestamp\":1,\"message\":\"" + line + "\"}");
    }
    server
        .getWireMock()
        .register(get(urlEqualTo("/api/enclaves/e/logs?type=errors&limit=5"))
            .willReturn(okJson("{\"enclave_id\":\"e\",\"enclave_status\":\"FAILED\",\"logs\":"
                + "{\"errors\":[" + String.join(",", entries) + "]}}")));
  }

  private void wait(String goal) throws InterruptedException {
    switch (goal) {
      case "deployed" -> client.waitUntilDeployed("e", MINUTE);
      case "paused" -> client.waitUntilPaused("e", MINUTE);
      case "resumed" -> client.waitUntilResumed("e", MINUTE);
      case "destroyed" -> client.waitUntilDestroyed("e", MINUTE);
      case "deleted" -> client.waitUntilDeleted("e", MINUTE);
      default -> throw new IllegalArgumentException(goal);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deployed, PENDING_DEPLOY DEPLOYING DEPLOYED",
    "deployed, PENDING_BUILD BUILDING DEPLOYED",
    "deployed, SOMETHING_NEW RESUMING DEPLOYED",
    "deployed, 503 429 DEPLOYED",
    "paused, DEPLOYED PAUSING PAUSED",
    "resumed, PAUSED RESUMING DEPLOYED",
    "destroyed, DEPLOYED PENDING_DESTROY DESTROYED",
    "destroyed, FAILED DESTROYING DESTROYED",
    "destroyed, PENDING_DESTROY DESTROYING TERMINATED",
    "destroyed, PENDING_DESTROY DESTROYING 404",
    "deleted, DESTROYED DESTROYED 404",
  })
  void theWayToTheGoalIsGone(String goal, String words) throws InterruptedException {
    platformTells(words.split(" "));
    wait(goal);
    assertEquals(List.of(TEN_SECONDS, TEN_SECONDS), pacing.sleeps);
  }

  @ParameterizedTest
  @CsvSource({
    "deployed, DEPLOYING FAILED",
    "deployed, BUILDING BUILD_FAILED",
    "deployed, DEPLOYING PAUSING",
    "deployed, DEPLOYING PAUSED",
    "deployed, DEPLOYING PENDING_DESTROY",
    "deployed, DEPLOYING DESTROYED",
    "paused, PAUSING FAILED",
    "paused, PAUSING DESTROYING",
    "resumed, RESUMING FAILED",
    "resumed, RESUMING TERMINATED",
    "destroyed, DESTROYING FAILED",
  })
  void theWayElsewhereIsNot(String goal, String words) {
    errorLogSays("no capacity", "and no\\nmoney");
    platformTells(words.split(" "));
    TrezaException.NotRunning failure =
        assertThrows(TrezaException.NotRunning.class, () -> wait(goal));
    assertEquals(words.split(" ")[1], failure.enclave().status().value());
    assertTrue(failure.getMessage().contains("will not be " + goal), failure.getMessage());
    assertTrue(
        failure.getMessage().endsWith("newest first: no capacity | and no money"),
        failure.getMessage());
    assertEquals(2, failure.errors().size());
    assertEquals(List.of(TEN_SECONDS), pacing.sleeps);
  }

  @ParameterizedTest
  @CsvSource({
    "deployed, PENDING_DEPLOY",
    "deployed, DEPLOYING",
    "paused, PAUSING",
    "resumed, RESUMING",
    "destroyed, DESTROYING",
    "destroyed, FAILED",
    "deleted, DESTROYED",
  })
  void aStatusThatHangsEndsAtTheDeadline(String goal, String status) {
    errorLogSays("stuck for a reason");
    platformTells(status);
    TrezaException.DeadlinePassed late =
        assertThrows(TrezaException.DeadlinePassed.class, () -> wait(goal));
    assertEquals(
        "waited PT1M for enclave e to be " + goal + ", but its status has been " + status
            + " for PT1M; its error log says, newest first: stuck for a reason",
        late.getMessage());
    assertEquals(1, late.errors().size());
  }

  @Test
  void theTimeInAStatusIsCountedFromItsFirstSight() {
    platformTells("PENDING_DEPLOY", "PENDING_DEPLOY", "DEPLOYING");
    String message = assertThrows(TrezaException.DeadlinePassed.class, () -> wait("deployed"))
        .getMessage();
    assertTrue(message.endsWith("has been DEPLOYING for PT40S"), message);
  }

  @Test
  void aLogThatCannotBeHadHidesNoFailure() {
    platformTells("FAILED");
    TrezaException.NotRunning failure =
        assertThrows(TrezaException.NotRunning.class, () -> wait("deployed"));
    assertEquals(List.of(), failure.errors());
    assertTrue(
        failure.getMessage().endsWith("the platform gives no error message"), failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"deployed, 404", "deployed, 401", "destroyed, 403", "deleted, 400"})
  void aFailureThatWillNotPassEndsIt(String goal, String status) {
    platformTells(status);
    assertEquals(
        Optional.of(Integer.valueOf(status)),
        Optional.of(
            assertThrows(TrezaException.class, () -> wait(goal)).httpStatus().orElseThrow()));
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void progressIsToldOfEachLook() throws InterruptedException {
    platformTells("PENDING_DEPLOY", "502", "DEPLOYED");
    List<Wait.Progress> told = new ArrayList<>();
    client.waitUntilDeployed("e", MINUTE.every(Duration.ofSeconds(1)).telling(told::add));
    assertEquals(
        new Wait.Progress(
            Duration.ZERO,
            Duration.ofMinutes(1),
            Optional.of(EnclaveStatus.PENDING_DEPLOY),
            "its status is PENDING_DEPLOY"),
        told.get(0));
    assertEquals(Duration.ofSeconds(1), told.get(1).elapsed());
    assertEquals(Optional.empty(), told.get(1).status());
    assertTrue(told.get(1).why().contains("HTTP 502"), told.get(1).toString());
    assertEquals(2, told.size());
  }

  @Test
  void theLastPauseIsNoLongerThanWhatIsLeft() {
    platformTells("DEPLOYING");
    assertThrows(
        TrezaException.DeadlinePassed.class,
        () -> client.waitUntilDeployed("e", Wait.atMost(Duration.ofSeconds(25))));
    assertEquals(List.of(TEN_SECONDS, TEN_SECONDS, Duration.ofSeconds(5)), pacing.sleeps);
  }

  @Test
  void aLookHasOnlyTheTimeThatIsLeftAfterThePause() {
    List<Duration> had = new ArrayList<>();
    assertThrows(
        TrezaException.DeadlinePassed.class,
        () -> new Waiting(pacing, TEN_SECONDS)
            .until(
                "it",
                Wait.atMost(Duration.ofSeconds(25)),
                left -> {
                  had.add(left);
                  return Waiting.NotYet.because(EnclaveStatus.DEPLOYING);
                },
                List::of));
    assertEquals(
        List.of(25L, 15L, 5L, 1L), had.stream().map(Duration::toSeconds).toList());
  }

  @Test
  void evidenceIsVerifiedInTheTimeThatTheQuestionForTheStatusLeft() {
    platformTells("DEPLOYED");
    List<Duration> had = new ArrayList<>();
    try (Http http = new Http(TEN_SECONDS, TEN_SECONDS, 1 << 20)) {
      Rest rest = new Rest(
          http,
          HttpUrl.get(server.getHttpBaseUrl()),
          () -> new Credentials(Optional.empty(), Optional.empty()),
          // As if each call took so long.
          call -> pacing.sleeps.add(Duration.ofSeconds(40)),
          pacing,
          new Rest.Limits(Duration.ofSeconds(90), TEN_SECONDS, RetryPolicy.NONE));
      assertThrows(
          TrezaException.NoEvidence.class,
          () -> new Waiters(rest, TEN_SECONDS).untilAttested("e", MINUTE, within -> {
            had.add(within.limits().call());
            throw new TrezaException.NoEvidence("e");
          }));
    }
    assertEquals(List.of(Duration.ofSeconds(20)), had);
  }

  @Test
  void eachLookIsOneRequestForWaitingIsRepeatingByItself() {
    platformTells("503");
    assertThrows(
        TrezaException.DeadlinePassed.class,
        () -> client.waitUntilDeployed("e", Wait.atMost(TEN_SECONDS)));
    assertEquals(2, Recording.requests(server, RequestMethod.GET, "/api/enclaves/e"));
  }

  @Test
  void anIntervalThatIsNoneIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> MINUTE.every(Duration.ZERO));
  }
}
