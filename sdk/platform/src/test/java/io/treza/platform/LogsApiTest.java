package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.platform.EnclaveListener.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backend says of an enclave can be read and followed, by its owner. */
@Timeout(60)
class LogsApiTest {
  private final FakeBackend backend = new FakeBackend();
  private TrezaPlatform platform;
  private Wire wire;
  private String id = "";

  @BeforeEach
  void start() throws Exception {
    platform = TrezaPlatform.builder(backend).start();
    wire = new Wire(platform);
    backend.launches.release();
    id = wire.create("a");
    wire.await(id, "DEPLOYED");
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private void say(Source source, String line) {
    backend.listener(id).log(source, line);
  }

  private JsonNode logs(String query) throws IOException, InterruptedException {
    Wire.Answer answer = wire.get("/api/enclaves/" + id + "/logs" + query);
    assertEquals(200, answer.status(), answer.body().toString());
    return answer.body();
  }

  private static List<String> messages(JsonNode body, String type) {
    assertTrue(body.path("logs").path(type).isArray(), type + " in " + body);
    List<String> messages = new ArrayList<>();
    body.path("logs")
        .path(type)
        .forEach(entry -> messages.add(entry.path("message").asText()));
    return messages;
  }

  @Test
  void eachSourceHasItsTypeAndTheNewestLineComesFirst() throws Exception {
    for (String turn : List.of("1", "2")) {
      say(Source.BUILD, "build " + turn);
      say(Source.BOOT, "boot " + turn);
      say(Source.APPLICATION, "app " + turn);
    }
    backend.listener(id).ended("out of memory");
    JsonNode all = logs("");
    assertEquals(id, all.path("enclave_id").asText());
    assertEquals("hardened-service", all.path("enclave_name").asText());
    assertEquals("FAILED", all.path("enclave_status").asText());
    assertEquals(List.of("build 2", "build 1"), messages(all, "build"));
    assertEquals(List.of("boot 2", "boot 1"), messages(all, "ecs"));
    assertEquals(List.of("app 2", "app 1"), messages(all, "application"));
    assertEquals(List.of("out of memory"), messages(all, "errors"));
    assertEquals(
        List.of("FAILED", "DEPLOYED", "DEPLOYING", "PENDING_DEPLOY"),
        messages(all, "stepfunctions"));
    assertEquals(List.of(), messages(all, "lambda"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"build", "ecs", "application", "errors", "stepfunctions", "lambda"})
  void aTypeIsShownAlone(String type) throws Exception {
    JsonNode logs = logs("?type=" + type).path("logs");
    assertEquals(1, logs.size());
    assertTrue(logs.has(type));
  }

  @ParameterizedTest
  @ValueSource(strings = {"zzz", "BUILD", "transition"})
  void thereIsNothingOfAnUnknownType(String type) throws Exception {
    assertEquals(0, logs("?type=" + type).path("logs").size());
  }

  @ParameterizedTest
  @CsvSource({
    "'&limit=2', 2",
    "'', 100",
    "&limit=abc, 100",
    "&limit=0, 100",
    "&limit=-1, 100",
    "&limit=99999999999, 150"
  })
  void aLimitThatIsNoneIsTheDefault(String limit, int lines) throws Exception {
    for (int i = 0; i < 150; i++) {
      say(Source.APPLICATION, "line " + i);
    }
    List<String> messages = messages(logs("?type=application" + limit), "application");
    assertEquals(lines, messages.size());
    assertEquals("line 149", messages.get(0));
  }

  @Test
  void whoFollowsSeesEachLineOnceAndInOrder() throws Exception {
    say(Source.APPLICATION, "before");
    JsonNode answer = logs("?type=application");
    assertEquals(List.of("before"), messages(answer, "application"));
    List<String> seen = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      say(Source.APPLICATION, "line " + round);
      say(Source.BOOT, "of no interest");
      say(Source.APPLICATION, "again " + round);
      for (int page = 0; page < 3; page++) {
        answer = logs("?type=application&limit=1&since=" + answer.path("next").asText());
        seen.addAll(messages(answer, "application"));
      }
    }
    assertEquals(List.of("line 0", "again 0", "line 1", "again 1", "line 2", "again 2"), seen);
  }

  @Test
  void followingAllTypesTellsThemApart() throws Exception {
    String next = logs("").path("next").asText();
    say(Source.BOOT, "boots");
    say(Source.APPLICATION, "runs");
    JsonNode answer = logs("?since=" + next);
    assertEquals(List.of("boots"), messages(answer, "ecs"));
    assertEquals(List.of("runs"), messages(answer, "application"));
    assertEquals(
        List.of(), messages(logs("?since=" + answer.path("next").asText()), "application"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "1.5", "99999999999999999999"})
  void aPositionThatIsNoneIsRefused(String since) throws Exception {
    Wire.Answer answer = wire.get("/api/enclaves/" + id + "/logs?since=" + since);
    assertEquals(400, answer.status());
    assertEquals("Invalid since: expected the next of an earlier answer", answer.error());
  }

  @Test
  void aLineMovesNoCursorAndReordersNoText() throws Exception {
    say(Source.APPLICATION, "\u001b[2Jcleared\r\nforged\u202etxt\u2028\u0085\ud800\ttab ı 🔒");
    assertEquals(
        List.of("\ufffd[2Jcleared\ufffd\ufffdforged\ufffdtxt\ufffd\ufffd\ufffd\ttab ı 🔒"),
        messages(logs("?type=application"), "application"));
  }

  @Test
  void aLongLineIsCutBetweenCharactersAndMarkedSo() throws Exception {
    say(Source.APPLICATION, "x".repeat(2000));
    say(Source.APPLICATION, "x".repeat(1998) + "🔒y");
    List<String> messages = messages(logs("?type=application"), "application");
    assertEquals("x".repeat(1998) + "…", messages.get(0));
    assertEquals("x".repeat(2000), messages.get(1));
  }

  @Test
  void anotherWalletsKeySeesNoLog() throws Exception {
    Wire other = wire.as(platform.newKey("other", "0x2222"));
    assertEquals(404, other.get("/api/enclaves/" + id + "/logs").status());
  }

  @Test
  void theLogGoesWithTheEnclave() throws Exception {
    wire.patch(id, "terminate");
    wire.await(id, "DESTROYED");
    assertEquals(
        "DESTROYED", messages(logs("?type=stepfunctions"), "stepfunctions").get(0));
    wire.send("DELETE", "/api/enclaves/" + id + "?wallet=" + Wire.WALLET, "");
    assertEquals(404, wire.get("/api/enclaves/" + id + "/logs").status());
  }
}
