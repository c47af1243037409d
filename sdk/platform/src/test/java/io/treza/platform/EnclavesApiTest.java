package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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

/** The enclaves' routes beyond single recorded requests: whole lives, failures, odd requests. */
@Timeout(60)
class EnclavesApiTest {
  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;

  @BeforeEach
  void start() throws IOException {
    platform = TrezaPlatform.builder(backend).start();
    wire = new Wire(platform);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private String deployed() throws IOException, InterruptedException {
    backend.launches.release(100);
    String id = wire.create("a");
    wire.await(id, "DEPLOYED");
    return id;
  }

  private void assertAsRecorded(String recording, Answer answer) throws IOException {
    JsonNode recorded = Wire.recording(recording).path("response");
    assertEquals(recorded.path("status").intValue(), answer.status(), recording);
    assertEquals(recorded.path("body"), answer.body(), recording);
  }

  @Test
  void aNewEnclaveHasAnIdAndTimesInTheRecordedForm() throws Exception {
    JsonNode enclave = wire.replay("create", "").body().path("enclave");
    assertTrue(enclave.path("id").asText().matches("enc_[0-9]{13}_[0-9a-z]{9}"));
    for (String time : List.of("createdAt", "updatedAt")) {
      assertTrue(
          enclave.path(time).asText().matches("[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z"),
          enclave.toString());
    }
  }

  @Test
  void aGitHubTokenIsNotShown() throws Exception {
    Answer answer = wire.replay("create-github", "");
    assertEquals(
        "u/r", answer.body().at("/enclave/githubConnection/selectedRepo").asText());
    assertFalse(answer.body().toString().contains("gho_example"), answer.toString());
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
    JsonNode recorded = Wire.recording(recording).path("response");
    assertEquals(recorded.path("status").intValue(), answer.status());
    for (String pointer : List.of("/enclave/status", "/message")) {
      assertEquals(recorded.path("body").at(pointer), answer.body().at(pointer), recording);
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
    JsonNode recorded =
        Wire.recording("providers").path("response").path("body").at("/providers/0");
    JsonNode ours = wire.get("/api/providers").body().at("/providers/0");
    assertEquals(ours, wire.get("/api/providers?id=aws-nitro").body().path("provider"));
    assertEquals(recorded.path("id"), ours.path("id"));
    assertEquals(recorded.path("regions"), ours.path("regions"));
    ((ObjectNode) recorded.path("configSchema")).remove("environmentVariables");
    recorded.path("configSchema").properties().forEach(field -> {
      JsonNode schema = ours.path("configSchema").path(field.getKey());
      for (String key : List.of("type", "required", "defaultValue")) {
        assertEquals(field.getValue().path(key), schema.path(key), field.getKey());
      }
      assertEquals(
          field.getValue().path("options").findValuesAsText("value"),
          schema.path("options").findValuesAsText("value"));
    });
    Set<String> more = names(ours);
    more.removeAll(names(recorded));
    assertEquals(Set.of("exposePorts", "allowHosts"), more);
  }

  private static Set<String> names(JsonNode node) {
    Set<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    node.path("configSchema").fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @CsvSource({
    "PATCH, /api/providers, 'GET'",
    "POST, /api/enclaves/x, 'DELETE, GET, PATCH'",
    "PATCH, /api/enclaves, 'DELETE, GET, POST, PUT'",
    "DELETE, /api/enclaves/x/attestation/verify, 'GET, POST'",
  })
  void anotherMethodIsRefusedAndSaidWhichOneIsServed(String method, String path, String allowed)
      throws Exception {
    Answer answer = wire.send(method, path, "");
    assertEquals(405, answer.status());
    assertEquals(allowed, answer.headers().firstValue("Allow").orElse(""));
    assertTrue(answer.body().isMissingNode());
  }

  @Test
  void theDescriptionThatAnswersAreHeldAgainstIsServed() throws Exception {
    assertEquals(Contract.DOCUMENT, wire.get("/openapi.json").body());
  }

  @Test
  void aRequestForHeadersAloneGetsNoBody() throws Exception {
    Answer answer = wire.as("none").send("HEAD", "/api/enclaves", "");
    assertEquals(401, answer.status());
    assertTrue(answer.body().isMissingNode());
  }

  @ParameterizedTest
  @CsvSource({
    "/api/enclaves/x/pcrs",
    "/api/health",
    "/api/enclaves/%25zz",
    "/api/enclaves/x/y",
    "/api/enclaves/x/attestation/verify/z",
    "/api//enclaves",
    "/api/tasks/",
    "/",
  })
  void anUnknownPathOrIdIsNotFound(String path) throws Exception {
    assertEquals(404, wire.get(path).status());
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/github/callback?code=1",
    "GET, /api/github/repositories?token=t",
    "GET, /api/docker/search?q=x",
    "POST, /api/redact/chat/completions",
    "GET, /api/kyc/proof/x/verify",
    "POST, /api/enclaves/x/sign/typed-data",
    "GET, /api/enclaves/x/attestation/webhook",
  })
  void whatIsNotServedSaysSo(String method, String path) throws Exception {
    Answer answer = wire.send(method, path, "");
    assertEquals(501, answer.status());
    assertTrue(answer.error().startsWith("Not served here: "), answer.error());
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
  void aRegistrysPasswordIsNotKept() throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
    body.put("privateRegistryUsername", "u").put("privateRegistryPassword", "hunter2");
    String answer = wire.send("POST", "/api/enclaves", body.toString()).body().toString();
    assertFalse(answer.contains("hunter2"), answer);
    String list = wire.get("/api/enclaves?wallet=" + Wire.WALLET).body().toString();
    assertFalse(list.contains("hunter2"), list);
  }

  private Answer create(String key, String name) throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
    return wire.send(
        "POST", "/api/enclaves", body.put("name", name).toString(), "Idempotency-Key", key);
  }

  @Test
  void aRequestThatIsSentAgainWithItsKeyCreatesNothing() throws Exception {
    Answer first = create("k", "a");
    assertEquals(201, first.status());
    Answer again = create("k", "a");
    assertEquals(201, again.status());
    assertEquals(first.body().at("/enclave/id"), again.body().at("/enclave/id"));
    assertEquals(422, create("k", "b").status());
    assertNotEquals(first.body().at("/enclave/id"), create("l", "a").body().at("/enclave/id"));
  }

  @Test
  void theKeyOfARequestIsAWalletsOwn() throws Exception {
    Answer first = create("k", "a");
    Wire other = wire.as(platform.newKey("other", "0x2"));
    ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
    body.put("name", "a").put("walletAddress", "0x2");
    Answer others = other.send("POST", "/api/enclaves", body.toString(), "Idempotency-Key", "k");
    assertEquals(201, others.status());
    assertNotEquals(first.body().at("/enclave/id"), others.body().at("/enclave/id"));
  }

  @Test
  void aRequestWhoseEnclaveWasDeletedIsNotRepeated() throws Exception {
    backend.launches.release();
    String id = create("k", "a").body().at("/enclave/id").asText();
    wire.await(id, "DEPLOYED");
    wire.patch(id, "terminate");
    wire.await(id, "DESTROYED");
    assertAsRecorded("delete", wire.replay("delete", id));
    assertEquals(410, create("k", "a").status());
  }

  private Answer put(String id, String field, JsonNode value) throws Exception {
    ObjectNode body = new ObjectMapper().createObjectNode().put("id", id);
    body.put("walletAddress", Wire.WALLET).set(field, value);
    return wire.send("PUT", "/api/enclaves", body.toString());
  }

  @Test
  void whatIsSaidOfAnEnclaveChangesAndWhatItRunsDoesNot() throws Exception {
    String id = deployed();
    JsonNodeFactory json = JsonNodeFactory.instance;
    assertEquals(
        "new", put(id, "name", json.textNode("new")).body().at("/enclave/name").asText());
    JsonNode config = wire.get("/api/enclaves/" + id).body().at("/enclave/providerConfig");
    assertEquals(200, put(id, "providerConfig", config).status(), "the same is no change");
    JsonNode other = ((ObjectNode) config.deepCopy()).put("dockerImage", "b");
    Answer refused = put(id, "providerConfig", other);
    assertEquals(400, refused.status());
    assertTrue(refused.error().contains("providerConfig"), refused.error());
    assertEquals(400, put(id, "region", json.textNode("us-west-2")).status());
    assertEquals(400, put(id, "providerId", json.textNode("azure")).status());
    assertEquals(config, wire.get("/api/enclaves/" + id).body().at("/enclave/providerConfig"));
    assertEquals(404, put("enc_none", "name", json.textNode("n")).status());
  }

  @Test
  void aConnectionToGitHubIsKeptWithoutItsTokenAndCanBeRemoved() throws Exception {
    String id = wire.create("a");
    ObjectNode connection = JsonNodeFactory.instance.objectNode();
    connection.put("isConnected", true).put("accessToken", "gho_secret");
    JsonNode kept = put(id, "githubConnection", connection).body().path("enclave");
    assertTrue(kept.at("/githubConnection/isConnected").asBoolean());
    assertFalse(kept.toString().contains("gho_secret"), kept.toString());
    JsonNode removed =
        put(id, "githubConnection", JsonNodeFactory.instance.nullNode()).body();
    assertTrue(removed.at("/enclave/githubConnection").isMissingNode(), removed.toString());
  }

  @Test
  void theCollectionDeletesByTheSameRules() throws Exception {
    String id = deployed();
    String query = "/api/enclaves?id=" + id;
    String wallet = "&wallet=" + Wire.WALLET;
    assertEquals(400, wire.send("DELETE", query, "").status());
    assertEquals(404, wire.send("DELETE", query + "&wallet=0x2", "").status());
    Answer running = wire.send("DELETE", query + wallet, "");
    assertEquals(400, running.status(), "what runs is not forgotten");
    wire.patch(id, "terminate");
    wire.await(id, "DESTROYED");
    assertAsRecorded("delete", wire.send("DELETE", query + wallet, ""));
    assertEquals(404, wire.send("DELETE", query + wallet, "").status());
  }
}
