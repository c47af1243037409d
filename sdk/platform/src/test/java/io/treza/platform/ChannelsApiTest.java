package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.Wire.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request says about channels reaches the backend, and the record says where they are. */
@Timeout(60)
class ChannelsApiTest {
  private static final Map<String, String> SETTINGS =
      Map.of("exposePorts", "9443, 8443", "allowHosts", "api.example.com:443,*.example.org:8443");

  @TempDir
  private Path directory;

  private final FakeBackend backend = new FakeBackend();

  private TrezaPlatform start() throws Exception {
    backend.launches.release(10);
    return TrezaPlatform.builder(backend).dataDirectory(directory).start();
  }

  private static Answer create(Wire wire, Map<String, String> settings) throws Exception {
    ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
    settings.forEach(((ObjectNode) body.path("providerConfig"))::put);
    return wire.send("POST", "/api/enclaves", body.toString());
  }

  private static String created(Wire wire, Map<String, String> settings) throws Exception {
    return create(wire, settings).body().at("/enclave/id").asText();
  }

  private static String endpoints(JsonNode enclave) {
    return enclave.path("endpoints").toString();
  }

  @Test
  void theBackendIsToldAndTheRecordSaysWhereAsLongAsItRuns() throws Exception {
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      String id = created(wire, SETTINGS);
      assertEquals(
          "[{\"port\":8443,\"address\":\"127.0.0.1:28443\"},"
              + "{\"port\":9443,\"address\":\"127.0.0.1:29443\"}]",
          endpoints(wire.await(id, "DEPLOYED")));
      LaunchRequest launched = backend.requests.get(0);
      assertEquals(List.of(8443, 9443), launched.exposedPorts());
      assertEquals(List.of("*.example.org:8443", "api.example.com:443"), launched.allowedHosts());
      wire.patch(id, "pause");
      assertEquals("", endpoints(wire.await(id, "PAUSED")));
      wire.patch(id, "resume");
      assertTrue(endpoints(wire.await(id, "DEPLOYED")).contains("127.0.0.1:28444"));
      wire.patch(id, "terminate");
      assertEquals("", endpoints(wire.await(id, "DESTROYED")));
    }
  }

  @Test
  void theNextServerStillKnows() throws Exception {
    backend.findsAgain = true;
    String id;
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      id = created(wire, SETTINGS);
      wire.await(id, "DEPLOYED");
    }
    try (TrezaPlatform platform = start()) {
      assertTrue(endpoints(new Wire(platform).await(id, "DEPLOYED")).contains("127.0.0.1:28443"));
      assertEquals(backend.requests.get(0), backend.requests.get(1));
      assertEquals(List.of("launch", "detach", "reattach"), backend.orders, "and let go before");
    }
  }

  @Test
  void withoutExposedPortsThereIsNothingToSay() throws Exception {
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      assertEquals("", endpoints(wire.await(wire.create("a"), "DEPLOYED")));
    }
  }

  @Test
  void whatStandsInIsShownOfOneRunningEnclave() throws Exception {
    backend.standIn = Optional.of(new StandIn(Path.of("/a/socket"), Optional.empty()));
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      String id = wire.create("a");
      assertEquals(
          "{\"agentSocket\":\"/a/socket\"}",
          wire.await(id, "DEPLOYED").path("standIn").toString());
      assertTrue(wire.get("/api/enclaves?wallet=" + Wire.WALLET)
          .body()
          .at("/enclaves/0/standIn")
          .isMissingNode());
      wire.patch(id, "pause");
      assertTrue(wire.await(id, "PAUSED").path("standIn").isMissingNode());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exposePorts | 0 | port 0: ",
        "exposePorts | 65536 | port 65536: ",
        "exposePorts | 8443,9001 | port 9001: ",
        "exposePorts | https | exposePorts: \"https\" is no number",
        "exposePorts | -1 | port -1: ",
        "allowHosts | api.example.com | host \"api.example.com\": ",
        "allowHosts | *:443 | host \"*:443\": ",
        "allowHosts | API.example.com:443 | host \"API.example.com:443\": ",
        "allowHosts | with_underscore.example:443 | host \"with_underscore.example:443\": ",
        "environmentVariables | {\"A\":\"b\"} | Environment variables are part of what is measured:"
            + " set them in the image (ENV)",
      })
  void whatNoEnclaveCanHaveIsRefusedByName(String name, String value, String detail)
      throws Exception {
    try (TrezaPlatform platform = start()) {
      Answer answer = create(new Wire(platform), Map.of(name, value));
      assertEquals(400, answer.status());
      assertEquals(1, answer.body().path("details").size(), answer::toString);
      String found = answer.body().at("/details/0").asText();
      assertTrue(found.startsWith(detail), found);
      assertEquals(List.of(), backend.orders);
    }
  }

  @Test
  void aSettingThatIsNoTextIsRefusedAndAnEmptyOneIsNone() throws Exception {
    try (TrezaPlatform platform = start()) {
      Wire wire = new Wire(platform);
      ObjectNode body = (ObjectNode) Wire.recording("create").at("/request/body");
      ((ObjectNode) body.path("providerConfig")).put("exposePorts", 8443);
      assertEquals(
          "exposePorts: expected a text, with commas between its parts",
          wire.send("POST", "/api/enclaves", body.toString())
              .body()
              .at("/details/0")
              .asText());
      Map<String, String> empty =
          Map.of("exposePorts", "", "allowHosts", " ", "environmentVariables", "{}");
      wire.await(created(wire, empty), "DEPLOYED");
      assertEquals(List.of(), backend.requests.get(0).exposedPorts());
    }
  }
}
