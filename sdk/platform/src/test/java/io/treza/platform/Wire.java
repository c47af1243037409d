package io.treza.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.Arrays;

/** Requests to a running platform, recorded or written by a test, and their answers. */
final class Wire {
  static final String WALLET = "0x1111111111111111111111111111111111111111";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI base;

  Wire(URI base) {
    this.base = base;
  }

  /** A status and a JSON body; a missing node if there is none. */
  record Answer(int status, JsonNode body) {
    String error() {
      return body.path("error").asText();
    }
  }

  static JsonNode recording(String name) throws IOException {
    for (String line : Files.readAllLines(Requirement.shared("treza/recordings.jsonl"))) {
      JsonNode recorded = JSON.readTree(line);
      if (recorded.path("name").textValue().equals(name)) {
        return recorded;
      }
    }
    throw new IllegalArgumentException("no recording is called " + name);
  }

  static Answer recordedAnswer(String name) throws IOException {
    JsonNode response = recording(name).path("response");
    return new Answer(response.path("status").intValue(), response.path("body"));
  }

  /** Sends a recorded request, about {@code id} where the recorded one was about an enclave. */
  Answer replay(String name, String id) throws IOException, InterruptedException {
    JsonNode request = recording(name).path("request");
    JsonNode body = request.path("body");
    return send(
        request.path("method").textValue(),
        request.path("path").textValue().replace("enc_1795408843757_xbiwnie9a", id),
        body.isNull() ? "" : body.isTextual() ? body.textValue() : body.toString());
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  Answer send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
        .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    JsonNode json =
        response.body().length == 0 ? MissingNode.getInstance() : JSON.readTree(response.body());
    return new Answer(response.statusCode(), json);
  }

  Answer patch(String id, String action) throws IOException, InterruptedException {
    return send(
        "PATCH",
        "/api/enclaves/" + id,
        JSON.createObjectNode()
            .put("action", action)
            .put("walletAddress", WALLET)
            .toString());
  }

  /** Creates an enclave as recorded, but of this image, with these further settings. */
  String create(String image, String... settings) throws IOException, InterruptedException {
    ObjectNode body = (ObjectNode) recording("create").at("/request/body");
    ObjectNode config = (ObjectNode) body.path("providerConfig");
    config.put("dockerImage", image);
    Arrays.stream(settings).forEach(setting -> config.put(setting, true));
    return send("POST", "/api/enclaves", body.toString())
        .body()
        .at("/enclave/id")
        .asText();
  }

  /** Looks until the enclave's status is this one; the test's timeout ends it otherwise. */
  JsonNode await(String id, String status) throws IOException, InterruptedException {
    while (true) {
      JsonNode enclave = get("/api/enclaves/" + id).body().path("enclave");
      if (enclave.path("status").asText().equals(status)) {
        return enclave;
      }
      Thread.sleep(5);
    }
  }
}
