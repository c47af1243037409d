package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client sends what the original server was sent and reads what it answered. */
@WireMockTest
class RecordedPlatformTest {
  private TrezaClient client;
  private WireMockRuntimeInfo server;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .walletAddress(Recording.WALLET)
        .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private static CreateEnclaveRequest.Builder hardenedService() {
    return CreateEnclaveRequest.builder("myorg/hardened-api:v1.2.3")
        .name("hardened-service")
        .description("api")
        .region("us-east-1");
  }

  @Test
  void createSendsTheRecordedBodyAndReadsTheRecord() throws IOException {
    Recording.named("create").replay(server);
    Instant created = Instant.parse("2026-11-23T04:40:43.757Z");
    assertEquals(
        new Enclave(
            Recording.ENCLAVE,
            EnclaveStatus.PENDING_DEPLOY,
            Optional.of("hardened-service"),
            Optional.of("api"),
            Optional.of("us-east-1"),
            Optional.of("aws-nitro"),
            Optional.of(Recording.WALLET),
            Map.of(
                "dockerImage", "myorg/hardened-api:v1.2.3",
                "cpuCount", "2",
                "memoryMiB", "1024",
                "instanceType", "m6i.xlarge"),
            Optional.of(created),
            Optional.of(created),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Optional.empty()),
        client.createEnclave(hardenedService().build()));
  }

  @Test
  void createKeepsSettingsItDoesNotKnow() throws IOException {
    Recording.named("create-config-extra-keys").replay(server);
    Enclave enclave = client.createEnclave(hardenedService()
        .setting("compliance", List.of("SOC2", "HIPAA"))
        .setting("foo", 1)
        .build());
    assertEquals(List.of("SOC2", "HIPAA"), enclave.providerConfig().get("compliance"));
    assertEquals(1, enclave.providerConfig().get("foo"));
  }

  @Test
  void aFieldTheRecordHasBeyondOursIsIgnored() throws IOException {
    Recording.named("create-github").answerEverything(server);
    assertFalse(client.getEnclave("x").toString().contains("gho_example"));
  }

  @Test
  void getAndListSendTheRecordedRequests() throws IOException {
    Recording.named("deployed-get").replay(server);
    Recording.named("list").replay(server);
    assertEquals(EnclaveStatus.DEPLOYED, client.getEnclave(Recording.ENCLAVE).status());
    try (TrezaClient other = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0xlisted")
        .build()) {
      assertEquals(List.of(), other.getEnclaves());
    }
  }

  @Test
  void theLifecycleSendsTheRecordedRequests() throws IOException {
    Recording.named("deployed-pause").replay(server);
    Recording.named("paused-resume").replay(server);
    Recording.named("failed-terminate").replay(server);
    Recording.named("delete").replay(server);
    assertEquals(EnclaveStatus.PAUSING, client.pauseEnclave(Recording.ENCLAVE).status());
    assertEquals(EnclaveStatus.RESUMING, client.resumeEnclave(Recording.ENCLAVE).status());
    assertEquals(
        EnclaveStatus.PENDING_DESTROY,
        client.terminateEnclave(Recording.ENCLAVE).status());
    client.deleteEnclave(Recording.ENCLAVE);
  }

  @Test
  void anAttestationIsReadAsAClaimWithoutADocument() throws IOException {
    Recording.named("deployed-attestation").replay(server);
    AttestationClaim claim = client.getAttestation(Recording.ENCLAVE);
    assertEquals(Map.of(), claim.pcrs());
    assertEquals(Optional.of("PENDING"), claim.status());
    assertEquals(Optional.of("UNKNOWN"), claim.trustLevel());
    assertEquals(OptionalInt.of(0), claim.integrityScore());
    assertTrue(claim.document().isEmpty());
  }

  @Test
  void theVerdictIsReadAsAClaim() throws IOException {
    Recording.named("deployed-vstatus").replay(server);
    assertEquals(
        new VerificationClaim(
            Recording.ENCLAVE,
            true,
            EnclaveStatus.DEPLOYED,
            Optional.of("HIGH"),
            Optional.of(Instant.parse("2026-11-23T04:40:47.268Z"))),
        client.getVerificationStatus(Recording.ENCLAVE));
  }

  @ParameterizedTest
  @CsvSource({
    "create-no-config, BadRequest, 400",
    "create-missing-name, BadRequest, 400",
    "create-unknown-provider, BadRequest, 400",
    "create-malformed-json, Server, 500",
    "list-no-wallet, BadRequest, 400",
    "get-unknown, NotFound, 404",
    "pending-pause, WrongState, 400",
    "pending-resume, WrongState, 400",
    "pending-terminate, WrongState, 400",
    "pending-explode, BadRequest, 400",
    "patch-missing, BadRequest, 400",
    "patch-wrong-wallet, Unauthorised, 403",
    "put-wrong-wallet, NotFound, 404",
    "att-pending, WrongState, 400",
    "verify-pending, WrongState, 400",
    "delete-pending, WrongState, 400",
    "delete-wrong-wallet, Unauthorised, 403",
    "health-absent, NotFound, 404",
    "method-not-allowed, UnexpectedAnswer, 405",
  })
  void eachRecordedFailureHasItsType(String recording, String type, int status) throws IOException {
    Recording recorded = Recording.named(recording);
    recorded.answerEverything(server);
    TrezaException failure =
        assertThrows(TrezaException.class, () -> client.getEnclave(Recording.ENCLAVE));
    assertEquals(type, failure.getClass().getSimpleName());
    assertEquals(OptionalInt.of(status), failure.httpStatus());
    assertEquals(recorded.response().path("body").path("error").asText(), failure.serverText());
  }

  @Test
  void aBadRequestCarriesTheDetails() throws IOException {
    Recording.named("create-config-cpu-3").answerEverything(server);
    TrezaException.BadRequest failure = assertThrows(
        TrezaException.BadRequest.class,
        () -> client.createEnclave(hardenedService().cpuCount(3).build()));
    assertEquals(
        List.of(
            "Invalid CPU count",
            "Memory allocation too low for 3 vCPUs. Minimum 1536 MiB required."),
        failure.details());
    assertTrue(failure.toString().contains("Minimum 1536 MiB"), failure.toString());
  }

  @Test
  void aWrongStateCarriesTheStatus() throws IOException {
    Recording.named("att-pending").replay(server);
    TrezaException failure =
        assertThrows(TrezaException.class, () -> client.getAttestation(Recording.ENCLAVE));
    assertEquals(
        Optional.of(EnclaveStatus.PENDING_DEPLOY),
        assertInstanceOf(TrezaException.WrongState.class, failure).status());
  }
}
