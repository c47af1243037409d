package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.treza.platform.Wire.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every recorded request, in the recorded order and with an API key added, is answered as recorded,
 * but for what the table of deviations says; and each of its rows is a difference.
 */
@Timeout(60)
class RecordingsTest {
  private static final String OWN_KEY = "test";
  private static final Map<String, String> NAMES =
      Map.of("create", "/enclave/id", "task-create", "/task/id", "key-create", "/apiKey/id");

  private final FakeBackend backend = new FakeBackend();
  private final Map<String, String> ids = new HashMap<>();
  private String enclave = "";

  /** One thing that is not as recorded; {@code ours} is JSON or {@code absent}. */
  private record Difference(String recording, String where, String ours) {
    boolean in(Deviations.Row row) {
      return row.requests().contains(recording)
          && matches(List.of(row.where().split("/", -1)), List.of(where.split("/", -1)))
          && (row.ours().equals(ours) || (row.ours().equals("other") && !ours.equals("absent")));
    }

    private static boolean matches(List<String> pattern, List<String> path) {
      for (int i = 0; i < pattern.size(); i++) {
        if (pattern.get(i).equals("**")) {
          return true;
        }
        if (i >= path.size()
            || !(pattern.get(i).equals("*") || pattern.get(i).equals(path.get(i)))) {
          return false;
        }
      }
      return pattern.size() == path.size();
    }
  }

  @Test
  void everyRecordedRequestIsAnsweredAsRecordedButForTheTable() throws Exception {
    List<Difference> differences = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    try (TrezaPlatform platform = TrezaPlatform.builder(backend).start()) {
      Wire wire = new Wire(platform);
      keepLaunchingThreadsBusy(wire.as(platform.newKey("busy", "0xbusy")));
      for (JsonNode recording : Wire.recordings()) {
        String name = recording.path("name").textValue();
        assertTrue(names.add(name), name);
        reachTheRecordedStatus(name, wire);
        Answer answer = wire.replay(recording, ids);
        learnId(name, recording, answer);
        compare(name, recording.path("response"), answer, differences);
      }
    }
    assertEquals(93, names.size());
    assertEquals(List.of(), unexplained(differences), "not in docs/platform-deviations.md");
    assertEquals(List.of(), idle(differences, names), "rows that are no difference");
  }

  /** Then what is created stays PENDING_DEPLOY, until the backend lets launches go. */
  private static void keepLaunchingThreadsBusy(Wire busy) throws Exception {
    for (int thread = 0; thread < 2; thread++) {
      busy.await(busy.createFor("0xbusy", "a"), "DEPLOYING");
    }
  }

  /** The recorded enclave's status was partly set by hand. */
  private void reachTheRecordedStatus(String next, Wire wire) throws Exception {
    switch (next) {
      case "deployed-get" -> {
        backend.launches.release(100);
        wire.await(enclave, "DEPLOYED");
      }
      case "paused-resume" -> wire.await(enclave, "PAUSED");
      case "failed-terminate" -> wire.await(enclave, "DEPLOYED");
      case "delete-wrong-wallet" -> wire.await(enclave, "DESTROYED");
      default -> {}
    }
  }

  private void learnId(String name, JsonNode recording, Answer answer) {
    String pointer = NAMES.get(name);
    if (pointer != null) {
      String id = answer.body().at(pointer).asText();
      ids.put(recording.path("response").path("body").at(pointer).asText(), id);
      if (name.equals("create")) {
        enclave = id;
      }
    }
  }

  private void compare(String name, JsonNode recorded, Answer answer, List<Difference> found)
      throws IOException {
    if (recorded.path("status").intValue() != answer.status()) {
      found.add(new Difference(name, "status", Integer.toString(answer.status())));
      return;
    }
    JsonNode expected = recorded.path("body");
    if (expected.isTextual()) { // none, or a page for people
      boolean same = expected.textValue().isEmpty() && answer.body().isMissingNode();
      if (!same) {
        found.add(new Difference(name, "body", answer.body().toString()));
      }
      return;
    }
    JsonNode ours = answer.body();
    Iterator<JsonNode> listed = ours.path("apiKeys").elements();
    while (listed.hasNext()) {
      if (listed.next().path("name").asText().equals(OWN_KEY)) {
        listed.remove(); // the key that was added to the request
      }
    }
    compare(name, "", usual(expected), usual(ours), found);
  }

  private static void compare(
      String name, String where, JsonNode expected, JsonNode ours, List<Difference> found) {
    if (ours.isMissingNode()) {
      found.add(new Difference(name, where, "absent"));
    } else if (expected.isObject() && ours.isObject()) {
      Set<String> fields = new TreeSet<>();
      expected.fieldNames().forEachRemaining(fields::add);
      ours.fieldNames().forEachRemaining(fields::add);
      for (String field : fields) {
        compare(name, where + "/" + field, expected.path(field), ours.path(field), found);
      }
    } else if (expected.isArray() && ours.isArray() && expected.size() == ours.size()) {
      for (int i = 0; i < expected.size(); i++) {
        compare(name, where + "/" + i, expected.get(i), ours.get(i), found);
      }
    } else if (!expected.equals(ours)) {
      found.add(new Difference(name, where, ours.toString()));
    }
  }

  /** What two runs of one server would answer differently, made alike. */
  private JsonNode usual(JsonNode body) throws IOException {
    if (body.isMissingNode()) {
      return MissingNode.getInstance();
    }
    String text = body.toString();
    for (Map.Entry<String, String> id : ids.entrySet()) {
      text = text.replace(id.getValue(), id.getKey());
    }
    for (String known : ids.keySet()) {
      text = text.replace(known, "known_" + known.substring(0, known.indexOf('_')));
    }
    return new ObjectMapper()
        .readTree(text.replaceAll("(enc|task|key)_[0-9]{13}_[0-9a-z]{9}\"", "new_$1\"")
            .replaceAll("\"[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z\"", "\"a time\"")
            .replaceAll("\"treza_live_[0-9a-f]{32,64}\"", "\"a key\"")
            .replaceAll("\"keyHash\":\"[0-9a-f]{64}\"", "\"keyHash\":\"a hash\"")
            .replaceAll("\"http://[^/\"]+/", "\"http://server/"));
  }

  private static List<Difference> unexplained(List<Difference> differences) throws IOException {
    List<Deviations.Row> rows = Deviations.rows();
    return differences.stream()
        .filter(difference -> rows.stream().noneMatch(difference::in))
        .toList();
  }

  private static List<String> idle(List<Difference> differences, Set<String> recordings)
      throws IOException {
    List<String> idle = new ArrayList<>();
    for (Deviations.Row row : Deviations.rows()) {
      for (String name : row.requests()) {
        if (recordings.contains(name)
            && differences.stream().noneMatch(d -> d.recording().equals(name) && d.in(row))) {
          idle.add(name + " " + row.where());
        }
      }
    }
    return idle;
  }
}
