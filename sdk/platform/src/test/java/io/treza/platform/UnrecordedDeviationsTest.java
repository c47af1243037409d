package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.Wire.Answer;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows of the table of deviations that no recording shows: each is so, and there is no other. */
@Timeout(60)
class UnrecordedDeviationsTest {
  private static final String LIST = "/api/enclaves?wallet=" + Wire.WALLET;

  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;
  private Wire other;
  private String id = "";

  @FunctionalInterface
  private interface Probe {
    Answer ask() throws Exception;
  }

  @BeforeEach
  void start() throws Exception {
    platform = TrezaPlatform.builder(backend)
        .limits(Limits.builder().enclavesPerWallet(1).bodyBytes(10_000).build())
        .start();
    wire = new Wire(platform);
    other = wire.as(platform.newKey("other", "0x2"));
    backend.launches.release();
    id = send(wire, "POST", "/api/enclaves", request("k"))
        .body()
        .at("/enclave/id")
        .asText();
    wire.await(id, "DEPLOYED");
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private static ObjectNode request(String name) throws IOException {
    return ((ObjectNode) Wire.recording("create").at("/request/body")).put("name", name);
  }

  private static Answer send(Wire by, String method, String path, JsonNode body) throws Exception {
    return by.send(method, path, body.toString(), "Idempotency-Key", "k");
  }

  private Map<String, Probe> probes() {
    ObjectMapper json = new ObjectMapper();
    String enclave = "/api/enclaves/" + id;
    Map<String, Probe> probes = new TreeMap<>();
    probes.put("any-without-key", () -> wire.as("none").get(LIST));
    probes.put("any-beyond-permission", () -> made("logs:read").get(LIST));
    probes.put(
        "any-from-another-site", () -> wire.send("GET", LIST, "", "Origin", "http://a.example"));
    probes.put("any-too-often", this::tooOften);
    probes.put("body-too-long", () -> wire.send("POST", "/api/tasks", " ".repeat(10_001)));
    probes.put("get-of-another-wallet", () -> other.get(enclave));
    probes.put("create-for-another-wallet", () -> other.replay("create", ""));
    probes.put("create-beyond-quota", () -> wire.replay("create", ""));
    probes.put(
        "create-again-with-its-key", () -> send(wire, "POST", "/api/enclaves", request("k")));
    probes.put(
        "create-other-with-its-key", () -> send(wire, "POST", "/api/enclaves", request("l")));
    probes.put("put-another-image", () -> {
      ObjectNode body = request("k").put("id", id);
      ((ObjectNode) body.path("providerConfig")).put("dockerImage", "another");
      return send(wire, "PUT", "/api/enclaves", body);
    });
    probes.put("collection-delete-deployed", () -> wire.send("DELETE", LIST + "&id=" + id, ""));
    probes.put("pcrs-unknown", () -> wire.get("/api/enclaves/enc_none/pcrs"));
    probes.put(
        "verify-unreadable-nonce",
        () -> wire.send("POST", enclave + "/attestation/verify", "{\"nonce\":7}"));
    probes.put("verify-with-one-document-twice", () -> {
      JsonNode document =
          wire.get(enclave + "/attestation?nonce=00").body().at("/attestationDocument/document");
      ObjectNode body = json.createObjectNode().put("nonce", "01");
      body.set("attestationDocument", document);
      return send(wire, "POST", enclave + "/attestation/verify", body);
    });
    probes.put("verify-of-another-enclave", () -> {
      try (TrezaPlatform elsewhere = TrezaPlatform.builder(backend).start()) {
        Wire there = new Wire(elsewhere);
        String twin = deployed(there);
        JsonNode document = there
            .get("/api/enclaves/" + twin + "/attestation")
            .body()
            .at("/attestationDocument/document");
        ObjectNode body = json.createObjectNode().set("attestationDocument", document);
        return send(wire, "POST", enclave + "/attestation/verify", body);
      }
    });
    probes.put("get-with-exposed-ports", () -> {
      try (TrezaPlatform elsewhere = TrezaPlatform.builder(backend).start()) {
        Wire there = new Wire(elsewhere);
        return there.get("/api/enclaves/" + deployed(there));
      }
    });
    probes.put("attestation-with-nonce", () -> wire.get(enclave + "/attestation?nonce=00ff"));
    probes.put("task-unknown-status", () -> {
      ObjectNode body = json.createObjectNode().put("id", "x").put("status", "asleep");
      return send(wire, "PUT", "/api/tasks", body.put("walletAddress", Wire.WALLET));
    });
    probes.put("key-from-a-made-key", () -> made("enclaves:read").replay("key-create", ""));
    return probes;
  }

  private String deployed(Wire there) throws Exception {
    ObjectNode body = request("exposed");
    ((ObjectNode) body.path("providerConfig")).put("exposePorts", "8443");
    backend.launches.release();
    String exposed =
        send(there, "POST", "/api/enclaves", body).body().at("/enclave/id").asText();
    there.await(exposed, "DEPLOYED");
    return exposed;
  }

  private Wire made(String permission) throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("key-create").at("/request/body");
    body.putArray("permissions").add(permission);
    return wire.as(
        send(wire, "POST", "/api/api-keys", body).body().at("/apiKey/key").asText());
  }

  private Answer tooOften() throws Exception {
    Instant now = Instant.now();
    try (TrezaPlatform strict = TrezaPlatform.builder(backend)
        .limits(Limits.builder().requestRate(1, 1).build())
        .clock(() -> now)
        .start()) {
      Wire eager = new Wire(strict);
      eager.get(LIST);
      return eager.get(LIST);
    }
  }

  @Test
  void eachRowIsSoAndThereIsNoOther() throws Exception {
    Set<String> recorded = new TreeSet<>();
    Wire.recordings().forEach(recording -> recorded.add(recording.path("name").textValue()));
    Map<String, Probe> probes = probes();
    Set<String> probed = new TreeSet<>();
    for (Deviations.Row row : Deviations.rows()) {
      for (String name : row.requests()) {
        if (recorded.contains(name)) {
          continue;
        }
        probed.add(name);
        assertTrue(probes.containsKey(name), name);
        Answer answer = probes.get(name).ask();
        JsonNode found = row.where().equals("status")
            ? IntNode.valueOf(answer.status())
            : answer.body().at(row.where());
        assertEquals(row.ours(), found.toString(), name);
      }
    }
    assertEquals(probes.keySet(), probed);
  }
}
