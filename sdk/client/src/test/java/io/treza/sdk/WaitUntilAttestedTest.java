package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.Reason;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting ends when evidence verifies, when it cannot any more, or at the deadline. */
@WireMockTest
class WaitUntilAttestedTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakePacing pacing = new FakePacing();
  private final TestEnclave enclave = new TestEnclave();
  private final List<EvidenceSource> evidence = new ArrayList<>();
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .verifier(enclave.verifier())
        .evidenceSource((id, nonce) -> next().evidence(id, nonce))
        .pollInterval(Duration.ofSeconds(10))
        .pacing(pacing)
        .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private EvidenceSource next() {
    return evidence.isEmpty() ? (id, nonce) -> enclave.attest(nonce) : evidence.remove(0);
  }

  /** Answers one after the other; the last one from then on. */
  private void platformAnswers(ResponseDefinitionBuilder... answers) {
    for (int i = 0; i < answers.length; i++) {
      server
          .getWireMock()
          .register(get(urlPathEqualTo("/api/enclaves/e"))
              .inScenario("status")
              .whenScenarioStateIs(state(i))
              .willSetStateTo(state(Math.min(i + 1, answers.length - 1)))
              .willReturn(answers[i]));
    }
  }

  private static String state(int answer) {
    return answer == 0 ? Scenario.STARTED : "answer " + answer;
  }

  private static ResponseDefinitionBuilder status(String status) {
    return okJson("{\"enclave\":{\"id\":\"e\",\"status\":\"" + status
        + "\",\"error_message\":\"no room on the host\"}}");
  }

  private void await() throws AttestationRejectedException, InterruptedException {
    client.waitUntilAttested("e", Expectation.measurements(TestEnclave.RELEASE), MINUTE);
  }

  @Test
  void waitsUntilDeployedAndVerified() throws Exception {
    platformAnswers(status("PENDING_DEPLOY"), status("BUILDING_V2"), status("DEPLOYED"));
    await();
    assertEquals(List.of(Duration.ofSeconds(10), Duration.ofSeconds(10)), pacing.sleeps);
  }

  @Test
  void whatMayPassIsTriedAgain() throws Exception {
    platformAnswers(aResponse().withStatus(502), status("DEPLOYING"), status("DEPLOYED"));
    evidence.add((id, nonce) -> {
      throw new ConnectException("not listening yet");
    });
    evidence.add((id, nonce) -> new byte[] {1, 2, 3});
    evidence.add((id, nonce) -> {
      throw new TrezaException.WrongState(
          "resuming", TrezaException.Answered.NOTHING, Optional.of(EnclaveStatus.RESUMING));
    });
    await();
    assertEquals(5, pacing.sleeps.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"FAILED", "BUILD_FAILED", "PAUSED", "PENDING_DESTROY", "DESTROYED"})
  void aStatusThatWillNotBecomeDeployedEndsIt(String status) {
    platformAnswers(status("DEPLOYING"), status(status));
    TrezaException.NotRunning failure = assertThrows(TrezaException.NotRunning.class, this::await);
    assertEquals(new EnclaveStatus(status), failure.enclave().status());
    assertTrue(failure.toString().contains("no room on the host"), failure.toString());
    assertEquals(1, pacing.sleeps.size());
  }

  @Test
  void genuineEvidenceOfSomethingElseIsFinal() {
    platformAnswers(status("DEPLOYED"));
    AttestationRejectedException refused = assertThrows(
        AttestationRejectedException.class,
        () -> client.waitUntilAttested(
            "e",
            Expectation.measurements(
                Measurements.of("11".repeat(48), "22".repeat(48), "44".repeat(48))),
            MINUTE));
    assertEquals(Reason.MEASUREMENT_MISMATCH, refused.reason());
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void aFailureThatWillNotPassIsFinal() {
    platformAnswers(aResponse().withStatus(404));
    assertThrows(TrezaException.NotFound.class, this::await);
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void havingNoEvidenceIsFinalForItIsAMatterOfConfiguration() {
    platformAnswers(status("DEPLOYED"));
    evidence.add((id, nonce) -> {
      throw new TrezaException.NoEvidence(id);
    });
    assertThrows(TrezaException.NoEvidence.class, this::await);
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void theDeadlineCarriesTheLastCause() {
    platformAnswers(aResponse().withStatus(503));
    TrezaException.DeadlinePassed late =
        assertThrows(TrezaException.DeadlinePassed.class, this::await);
    assertInstanceOf(TrezaException.Server.class, late.getCause());
    assertEquals(MINUTE, pacing.elapsed());
  }

  @Test
  void theDeadlineNamesTheLastStatus() {
    platformAnswers(status("DEPLOYING"));
    String message =
        assertThrows(TrezaException.DeadlinePassed.class, this::await).toString();
    assertTrue(message.contains("DEPLOYING"), message);
  }

  @Test
  void theTimeoutMayBeForEver() throws Exception {
    pacing.sleep(MINUTE);
    platformAnswers(status("DEPLOYING"), status("DEPLOYED"));
    client.waitUntilAttested(
        "e", Expectation.measurements(TestEnclave.RELEASE), Duration.ofSeconds(Long.MAX_VALUE));
    assertEquals(2, pacing.sleeps.size());
  }

  @Test
  void aRateLimitIsRespected() throws Exception {
    platformAnswers(
        aResponse().withStatus(429).withHeader("Retry-After", "25"), status("DEPLOYED"));
    await();
    assertEquals(List.of(Duration.ofSeconds(25)), pacing.sleeps);
  }

  @Test
  void anInterruptEndsIt() {
    platformAnswers(status("DEPLOYING"));
    try (TrezaClient real = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
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
      assertThrows(
          InterruptedException.class,
          () -> real.waitUntilAttested("e", Expectation.measurements(TestEnclave.RELEASE), MINUTE));
    }
  }
}
