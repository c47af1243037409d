package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.Wire.Answer;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks are kept and changed one field at a time. */
@Timeout(60)
class TasksApiTest {
  private static final String LIST = "/api/tasks?wallet=" + Wire.WALLET;

  private TrezaPlatform platform;
  private Wire wire;

  @BeforeEach
  void start() throws IOException {
    platform = TrezaPlatform.builder(new FakeBackend()).start();
    wire = new Wire(platform);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private JsonNode made(String enclave) throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("task-create").at("/request/body");
    return wire.send("POST", "/api/tasks", body.put("enclaveId", enclave).toString())
        .body()
        .path("task");
  }

  private Answer change(JsonNode task, String field, String value) throws Exception {
    ObjectNode body = new ObjectMapper().createObjectNode().put("walletAddress", Wire.WALLET);
    body.set("id", task.path("id"));
    return wire.send("PUT", "/api/tasks", body.put(field, value).toString());
  }

  @Test
  void theFilterShowsOneEnclavesTasks() throws Exception {
    made("enc_a");
    JsonNode task = made("enc_b");
    assertEquals(2, wire.get(LIST).body().path("tasks").size());
    JsonNode filtered = wire.get(LIST + "&enclave=enc_b").body().path("tasks");
    assertEquals(new ObjectMapper().createArrayNode().add(task), filtered);
  }

  @Test
  void oneFieldChangesAndTheOthersStay() throws Exception {
    ObjectNode task = (ObjectNode) made("enc_a");
    for (String field : new String[] {"name", "description", "schedule", "status"}) {
      String value = field.equals("status") ? "failed" : "new " + field;
      ObjectNode changed = (ObjectNode) change(task, field, value).body().path("task");
      assertEquals(value, changed.path(field).asText());
      assertEquals(task.put(field, value).without("updatedAt"), changed.without("updatedAt"));
    }
  }

  @Test
  void theLastRunIsWhenItWasLastSetToRunning() throws Exception {
    JsonNode task = made("enc_a");
    JsonNode running = change(task, "status", "running").body().path("task");
    assertEquals(running.path("updatedAt"), running.path("lastRun"));
    JsonNode stopped = change(task, "status", "stopped").body().path("task");
    assertEquals(running.path("lastRun"), stopped.path("lastRun"));
  }

  @Test
  void aStatusThatIsNoneIsRefused() throws Exception {
    Answer refused = change(made("enc_a"), "status", "asleep");
    assertEquals(400, refused.status());
    assertTrue(refused.error().contains("asleep"), refused.error());
  }
}
