package io.treza.platform;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an API key opens, and what it does not. */
@Timeout(60)
class KeysTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OTHER_WALLET = "0x2";

  @TempDir
  private Path directory;

  private TrezaPlatform platform;
  private Wire operator;

  @BeforeEach
  void start() throws IOException {
    platform = TrezaPlatform.builder(new FakeBackend()).dataDirectory(directory).start();
    operator = new Wire(platform);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private static ObjectNode request(String name, String... permissions) {
    ObjectNode body = JSON.createObjectNode().put("name", name).put("walletAddress", Wire.WALLET);
    Stream.of(permissions).forEach(body.putArray("permissions")::add);
    return body;
  }

  private JsonNode made(String... permissions) throws Exception {
    Answer answer =
        operator.send("POST", "/api/api-keys", request("k", permissions).toString());
    assertEquals(201, answer.status(), answer.error());
    return answer.body().path("apiKey");
  }

  private Wire with(String... permissions) throws Exception {
    return operator.as(made(permissions).path("key").asText());
  }

  private Answer change(String id, String field, JsonNode value) throws Exception {
    ObjectNode body = JSON.createObjectNode().put("id", id).put("walletAddress", Wire.WALLET);
    body.set(field, value);
    return operator.send("PUT", "/api/api-keys", body.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/providers",
        "/api/enclaves?wallet=0x2",
        "/api/enclaves/enc_none",
        "/api/unknown",
        "/api/kyc/proof",
        "/openapi.json",
        "/"
      })
  void withoutAValidKeyNothingIsToldNotEvenWhatThereIs(String path) throws Exception {
    Answer answer = operator.as("treza_live_" + "0".repeat(64)).get(path);
    assertEquals(401, answer.status());
    assertEquals("Unauthorized", answer.error());
    assertEquals("Bearer", answer.headers().firstValue("WWW-Authenticate").orElse(""));
  }

  @ParameterizedTest
  @CsvSource({
    "'Bearer %s', 200",
    "'bearer %s', 200",
    "'%s', 401",
    "'Basic %s', 401",
    "'Bearer  %s', 401",
    "'Bearer %s0', 401",
    "'Bearer ', 401",
  })
  void aKeyIsSentAsABearerToken(String form, int status) throws Exception {
    String key = operator.key();
    assertEquals(status, Wire.status(platform, "Authorization: " + form.formatted(key)));
  }

  @Test
  void twoKeysAreNone() throws Exception {
    String header = "Authorization: Bearer " + operator.key();
    assertEquals(401, Wire.status(platform, header, header));
  }

  @ParameterizedTest
  @CsvSource({
    "enclaves:read, GET, /api/enclaves",
    "enclaves:write, POST, /api/enclaves",
    "enclaves:write, PUT, /api/enclaves",
    "enclaves:write, DELETE, /api/enclaves",
    "enclaves:read, GET, /api/enclaves/x",
    "enclaves:write, PATCH, /api/enclaves/x",
    "enclaves:write, DELETE, /api/enclaves/x",
    "enclaves:read, GET, /api/enclaves/x/pcrs",
    "enclaves:read, GET, /api/enclaves/x/attestation",
    "enclaves:read, GET, /api/enclaves/x/attestation/verify",
    "enclaves:read, POST, /api/enclaves/x/attestation/verify",
    "logs:read, GET, /api/enclaves/x/logs",
    "tasks:read, GET, /api/tasks",
    "tasks:write, POST, /api/tasks",
    "tasks:write, PUT, /api/tasks",
    "tasks:write, DELETE, /api/tasks",
    "keys:provision, GET, /api/api-keys",
    "keys:provision, POST, /api/api-keys",
    "keys:provision, PUT, /api/api-keys",
    "keys:provision, DELETE, /api/api-keys",
  })
  void aRouteTakesItsPermissionAndNoOtherWillDo(String permission, String method, String path)
      throws Exception {
    String[] others = Stream.of(
            "enclaves:read", "enclaves:write", "tasks:read", "tasks:write", "logs:read")
        .filter(other -> !other.equals(permission))
        .toArray(String[]::new);
    Answer refused = with(others).send(method, path, "{}");
    assertEquals(403, refused.status());
    assertTrue(refused.error().endsWith(permission), refused.error());
    Wire allowed = permission.equals("keys:provision") ? operator : with(permission);
    assertTrue(List.of(400, 404).contains(allowed.send(method, path, "{}").status()));
  }

  @Test
  void aKeyIsShownOnceAndKeptAsAHashOnly() throws Exception {
    JsonNode made = made("enclaves:read");
    String key = made.path("key").asText();
    assertTrue(key.matches("treza_live_[0-9a-f]{64}"), key);
    for (Answer answer : List.of(
        operator.get("/api/api-keys?wallet=" + Wire.WALLET),
        change(made.path("id").asText(), "name", JSON.getNodeFactory().textNode("n")))) {
      assertEquals(200, answer.status());
      assertFalse(answer.body().toString().contains(key), answer.toString());
      assertFalse(answer.body().toString().contains("\"key\""), answer.toString());
    }
    platform.close();
    String secret = key.substring(20);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        assertFalse(Files.readString(file, ISO_8859_1).contains(secret), file.toString());
      }
    }
  }

  @Test
  void keysOutliveTheServer() throws Exception {
    assertTrue(platform.hasKeys());
    platform.close();
    platform = TrezaPlatform.builder(new FakeBackend()).dataDirectory(directory).start();
    assertTrue(platform.hasKeys());
    assertEquals(200, Wire.status(platform, "Authorization: Bearer " + operator.key()));
  }

  @Test
  void aNewServerHasNoKeyAndServesNobody() throws Exception {
    try (TrezaPlatform other = TrezaPlatform.builder(new FakeBackend()).start()) {
      assertFalse(other.hasKeys());
      assertEquals(401, Wire.status(other, "Authorization: Bearer "));
      assertEquals(401, Wire.status(other));
    }
  }

  @Test
  void aKeyHasANameAndAWallet() {
    assertThrows(IllegalArgumentException.class, () -> platform.newKey("name", ""));
    assertThrows(IllegalArgumentException.class, () -> platform.newKey("", "0x1"));
  }

  @Test
  void anInactiveOrDeletedKeyOpensNothingFromThenOn() throws Exception {
    JsonNode made = made("enclaves:read");
    String id = made.path("id").asText();
    Wire holder = operator.as(made.path("key").asText());
    String path = "/api/enclaves?wallet=" + Wire.WALLET;
    assertEquals(200, holder.get(path).status());
    change(id, "status", JSON.getNodeFactory().textNode("inactive"));
    assertEquals(401, holder.get(path).status());
    change(id, "status", JSON.getNodeFactory().textNode("active"));
    assertEquals(200, holder.get(path).status());
    change(id, "permissions", JSON.createArrayNode());
    assertEquals(403, holder.get(path).status());
    String query = "?id=" + id + "&wallet=" + Wire.WALLET;
    assertEquals(200, operator.send("DELETE", "/api/api-keys" + query, "").status());
    assertEquals(401, holder.get(path).status());
    assertEquals(404, operator.send("DELETE", "/api/api-keys" + query, "").status());
  }

  @Test
  void useIsNotedToTheMinute() throws Exception {
    JsonNode before = own();
    assertTrue(before.path("lastUsed").isTextual(), before.toString());
    assertEquals(before.path("lastUsed"), own().path("lastUsed"));
  }

  private JsonNode own() throws Exception {
    return operator
        .get("/api/api-keys?wallet=" + Wire.WALLET)
        .body()
        .path("apiKeys")
        .get(0);
  }

  @Test
  void theRightToMakeKeysCannotBeGivenOn() throws Exception {
    Answer refused = operator.send(
        "POST", "/api/api-keys", request("k", "enclaves:read", "keys:provision").toString());
    assertEquals(400, refused.status());
    assertEquals("Invalid permissions: keys:provision", refused.error());
    assertTrue(own().path("makesKeys").asBoolean());
  }

  @Test
  void nobodyGrantsWhatHeLacksAndTheOperatorsKeyStaysOne() throws Exception {
    Answer narrowed =
        change(own().path("id").asText(), "permissions", JSON.createArrayNode().add("tasks:read"));
    assertEquals(200, narrowed.status());
    Answer refused =
        operator.send("POST", "/api/api-keys", request("k", "logs:read").toString());
    assertEquals(403, refused.status());
    assertTrue(refused.error().endsWith("logs:read"), refused.error());
    made("tasks:read");
  }

  @Test
  void aKeyOfAnotherWalletReachesNothing() throws Exception {
    String id = operator.create("a");
    String keyId = made("tasks:read").path("id").asText();
    String task = operator
        .send(
            "POST",
            "/api/tasks",
            "{\"name\":\"n\",\"description\":\"d\",\"enclaveId\":\"e\",\"schedule\":\"s\","
                + "\"walletAddress\":\"" + Wire.WALLET + "\"}")
        .body()
        .at("/task/id")
        .asText();
    Wire other = operator.as(platform.newKey("other", OTHER_WALLET));
    String enclave = "/api/enclaves/" + id;
    for (String path :
        List.of(enclave, enclave + "/pcrs", enclave + "/attestation", enclave + "/logs")) {
      assertEquals(404, other.get(path).status(), path);
    }
    assertEquals(404, other.patch(id, "terminate").status());
    assertEquals(404, other.send("POST", enclave + "/attestation/verify", "{}").status());
    for (String wallet : List.of(Wire.WALLET, OTHER_WALLET)) {
      String query = "?wallet=" + wallet;
      assertEquals(0, other.get("/api/enclaves" + query).body().path("enclaves").size());
      assertEquals(0, other.get("/api/tasks" + query).body().path("tasks").size());
      String foreign = other.get("/api/api-keys" + query).body().toString();
      assertFalse(foreign.contains(keyId), foreign);
      assertEquals(404, other.send("DELETE", enclave + query, "").status());
      String named = "\",\"walletAddress\":\"" + wallet + "\",\"name\":\"stolen\"}";
      for (String[] item :
          new String[][] {{"/api/enclaves", id}, {"/api/tasks", task}, {"/api/api-keys", keyId}}) {
        String body = "{\"id\":\"" + item[1] + named;
        assertEquals(404, other.send("PUT", item[0], body).status(), item[0]);
        assertEquals(
            404, other.send("DELETE", item[0] + query + "&id=" + item[1], "").status(), item[0]);
      }
    }
    JsonNode untouched = operator.get("/api/tasks?wallet=" + Wire.WALLET).body();
    assertEquals("n", untouched.at("/tasks/0/name").asText());
  }

  @Test
  void nothingIsMadeForAnotherWallet() throws Exception {
    Wire other = operator.as(platform.newKey("other", OTHER_WALLET));
    assertEquals(403, other.replay("create", "").status());
    assertEquals(403, other.replay("task-create", "").status());
    assertEquals(403, other.replay("key-create", "").status());
  }
}
