package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.Wire.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the original server answered to a request, ours answers; where not, the test says so. */
@Timeout(60)
class RecordedApiTest {
  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;

  @BeforeEach
  void start() throws IOException {
    platform = TrezaPlatform.builder(backend).start();
    wire = new Wire(platform.baseUrl());
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  /** The third of three: the other two keep both launching threads waiting. */
  private String pending() throws IOException, InterruptedException {
    wire.await(wire.create("a"), "DEPLOYING");
    wire.await(wire.create("b"), "DEPLOYING");
    return wire.create("c");
  }

  private String deployed() throws IOException, InterruptedException {
    backend.launches.release(100);
    String id = wire.create("a");
    wire.await(id, "DEPLOYED");
    return id;
  }

  private void assertAsRecorded(String recording, Answer answer) throws IOException {
    assertEquals(Wire.recordedAnswer(recording), answer, recording);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "provider-unknown",
        "list-no-wallet",
        "list-empty",
        "create-missing-name",
        "create-empty-description",
        "create-unknown-provider",
        "create-unknown-region",
        "create-no-config",
        "create-config-no-instance-type",
        "create-config-cpu-number",
        "create-config-cpu-3",
        "create-config-memory-512",
        "create-config-cpu8-mem1024",
        "create-config-env-bad-json",
        "create-config-all-wrong",
        "create-array",
        "get-unknown",
        "get-encoded",
        "patch-unknown",
      })
  void aRequestWithoutAnEnclaveIsAnsweredAsRecorded(String recording) throws Exception {
    assertAsRecorded(recording, wire.replay(recording, "enc_none"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create",
        "create-config-env-ok",
        "create-config-extra-keys",
        "create-config-instance-8xlarge",
        "create-text-plain",
      })
  void aNewEnclaveIsAnsweredAsRecordedButForIdAndTimes(String recording) throws Exception {
    Answer recorded = Wire.recordedAnswer(recording);
    Answer answer = wire.replay(recording, "");
    assertEquals(recorded.status(), answer.status());
    ObjectNode enclave = (ObjectNode) answer.body().path("enclave");
    assertTrue(enclave.path("id").asText().matches("enc_[0-9]{13}_[0-9a-z]{9}"));
    for (String time : List.of("createdAt", "updatedAt")) {
      assertTrue(
          enclave.path(time).asText().matches("[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z"),
          enclave.toString());
    }
    ObjectNode expected = (ObjectNode) recorded.body().path("enclave");
    List<String> varying = List.of("id", "createdAt", "updatedAt");
    assertEquals(expected.without(varying), enclave.without(varying));
  }

  @Test
  void aGitHubTokenIsNotShown() throws Exception {
    Answer answer = wire.replay("create-github", "");
    assertEquals(
        "u/r", answer.body().at("/enclave/githubConnection/selectedRepo").asText());
    assertFalse(answer.toString().contains("gho_example"), answer.toString());
  }

  @ParameterizedTest
  @CsvSource({
    // Plainly broken there: 500.
    "create-malformed-json, 400",
    "create-empty-body, 400",
    "create-config-env-object, 400",
    // Refused there: 400.
    "create-config-digest-image, 201",
    "create-config-port-image, 201",
  })
  void deliberateDifferences(String recording, int status) throws Exception {
    assertEquals(status, wire.replay(recording, "").status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pending-pause",
        "pending-resume",
        "pending-terminate",
        "pending-explode",
        "patch-missing",
        "patch-wrong-wallet",
        "att-pending",
        "verify-pending",
        "delete-pending",
        "delete-wrong-wallet",
        "delete-no-wallet",
      })
  void aPendingEnclaveAnswersAsRecorded(String recording) throws Exception {
    assertAsRecorded(recording, wire.replay(recording, pending()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"deployed-resume", "deployed-delete"})
  void aDeployedEnclaveRefusesAsRecorded(String recording) throws Exception {
    assertAsRecorded(recording, wire.replay(recording, deployed()));
  }

  @Test
  void theWholeLifeGoesAsRecorded() throws Exception {
    String id = deployed();
    assertBegun("deployed-pause", wire.replay("deployed-pause", id));
    wire.await(id, "PAUSED");
    assertEquals("Can only pause deployed enclaves", wire.patch(id, "pause").error());
    assertBegun("paused-resume", wire.replay("paused-resume", id));
    wire.await(id, "DEPLOYED");
    assertBegun("failed-terminate", wire.replay("failed-terminate", id));
    wire.await(id, "DESTROYED");
    for (String action : List.of("pause", "resume", "terminate")) {
      assertEquals(400, wire.patch(id, action).status(), action);
    }
    assertAsRecorded("delete", wire.replay("delete", id));
    assertAsRecorded("delete-again", wire.replay("delete-again", id));
    assertEquals(List.of("launch", "pause", "resume", "terminate"), backend.orders);
  }

  private static void assertBegun(String recording, Answer answer) throws IOException {
    Answer recorded = Wire.recordedAnswer(recording);
    assertEquals(recorded.status(), answer.status());
    for (String pointer : List.of("/enclave/status", "/message")) {
      assertEquals(recorded.body().at(pointer), answer.body().at(pointer), recording);
    }
  }

  @Test
  void aFailedLaunchSaysWhyAndCanBeTerminatedOrDeleted() throws Exception {
    backend.failure = Optional.of("no room on the host");
    backend.launches.release(2);
    String terminated = wire.create("a");
    String deleted = wire.create("b");
    assertEquals(
        "no room on the host",
        wire.await(terminated, "FAILED").path("error_message").asText());
    assertBegun("failed-terminate", wire.replay("failed-terminate", terminated));
    wire.await(terminated, "DESTROYED");
    wire.await(deleted, "FAILED");
    assertAsRecorded("delete", wire.replay("delete", deleted));
  }

  @Test
  void anEnclaveThatFailedToPauseIsStoppedWhenDeleted() throws Exception {
    String id = deployed();
    backend.failure = Optional.of("stuck");
    wire.patch(id, "pause");
    wire.await(id, "FAILED");
    assertEquals(500, wire.replay("delete", id).status(), "what still runs is not forgotten");
    wire.await(id, "FAILED");
    backend.failure = Optional.empty();
    assertAsRecorded("delete", wire.replay("delete", id));
    assertEquals(List.of("launch", "pause", "terminate", "terminate"), backend.orders);
  }

  @Test
  void closingTerminatesWhatRuns() throws Exception {
    deployed();
    platform.close();
    assertEquals(List.of("launch", "terminate"), backend.orders);
  }

  @Test
  void theListHoldsTheWalletsOwnOnly() throws Exception {
    String id = wire.create("a");
    JsonNode own = wire.get("/api/enclaves?wallet=" + Wire.WALLET).body().path("enclaves");
    assertEquals(List.of(id), own.findValuesAsText("id"));
    assertEquals(0, wire.get("/api/enclaves?wallet=0x2").body().path("enclaves").size());
  }

  @Test
  void theProviderOffersWhatTheRecordedOneOffers() throws Exception {
    JsonNode recorded = Wire.recordedAnswer("providers").body().at("/providers/0");
    JsonNode ours = wire.get("/api/providers").body().at("/providers/0");
    assertEquals(ours, wire.get("/api/providers?id=aws-nitro").body().path("provider"));
    assertEquals(recorded.path("id"), ours.path("id"));
    assertEquals(recorded.path("regions"), ours.path("regions"));
    recorded.path("configSchema").properties().forEach(field -> {
      JsonNode schema = ours.path("configSchema").path(field.getKey());
      for (String key : List.of("type", "required", "defaultValue")) {
        assertEquals(field.getValue().path(key), schema.path(key), field.getKey());
      }
      assertEquals(
          field.getValue().path("options").findValuesAsText("value"),
          schema.path("options").findValuesAsText("value"));
    });
    assertEquals(names(recorded), names(ours));
  }

  private static Set<String> names(JsonNode node) {
    Set<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    node.path("configSchema").fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /api/enclaves, 405",
    "DELETE, /api/enclaves, 405",
    "PATCH, /api/providers, 405",
    "POST, /api/enclaves/x, 405",
    "GET, /api/enclaves/x/pcrs, 404",
    "GET, /api/health, 404",
    "GET, /api/enclaves/%25zz, 404",
    "GET, /, 404",
  })
  void whatIsNotServedIsSaidSo(String method, String path, int status) throws Exception {
    assertEquals(status, wire.send(method, path, "").status());
  }

  /** What could be read but not shown again would take the wallet's whole list with it. */
  @Test
  void aBodyTooDeepToBeShownAgainIsRefused() throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
    String deep = "[".repeat(998) + "]".repeat(998);
    body.withObjectProperty("providerConfig").put("x", 0);
    String text = body.toString().replace("\"x\":0", "\"x\":" + deep);
    assertEquals(400, wire.send("POST", "/api/enclaves", text).status());
    assertEquals(200, wire.get("/api/enclaves?wallet=" + Wire.WALLET).status());
  }

  @Test
  void aBodyWithoutEndIsRefused() throws Exception {
    assertEquals(
        413, wire.send("POST", "/api/enclaves", " ".repeat(1024 * 1024 + 1)).status());
  }
}
