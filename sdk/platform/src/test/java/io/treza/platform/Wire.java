package io.treza.platform;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Requests to a running platform, recorded or written by a test, and their answers. */
final class Wire {
  static final String WALLET = "0x1111111111111111111111111111111111111111";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final URI base;
  private final String key;

  private Wire(URI base, String key) {
    this.base = base;
    this.key = key;
  }

  /** With a new key of {@link #WALLET} that may do everything. */
  Wire(TrezaPlatform platform) {
    this(platform.baseUrl(), platform.newKey("test", WALLET));
  }

  /** The same platform with another key. */
  Wire as(String otherKey) {
    return new Wire(base, otherKey);
  }

  String key() {
    return key;
  }

  /** The status of a request for the providers with exactly these header lines beside Host. */
  static int status(TrezaPlatform platform, String... headers) throws IOException {
    int port = platform.baseUrl().getPort();
    return rawStatus(
        platform, Stream.concat(Stream.of("Host: localhost:" + port), Stream.of(headers)));
  }

  /** The status of a request with exactly these header lines; nothing is added to them. */
  static int rawStatus(TrezaPlatform platform, Stream<String> headers) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), platform.baseUrl().getPort())) {
      StringBuilder request = new StringBuilder("GET /api/providers HTTP/1.1\r\n");
      headers.forEach(header -> request.append(header).append("\r\n"));
      request.append("Connection: close\r\n\r\n");
      socket.getOutputStream().write(request.toString().getBytes(US_ASCII));
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
      return Integer.parseInt((line == null ? "no answer" : line).split(" ")[1]);
    }
  }

  /** A status and a JSON body; a missing node if there is none. */
  record Answer(int status, JsonNode body, HttpHeaders headers) {
    String error() {
      return body.path("error").asText();
    }
  }

  static List<JsonNode> recordings() throws IOException {
    List<JsonNode> recordings = new ArrayList<>();
    for (String line : Files.readAllLines(Requirement.shared("treza/recordings.jsonl"))) {
      recordings.add(JSON.readTree(line));
    }
    return recordings;
  }

  static JsonNode recording(String name) throws IOException {
    return recordings().stream()
        .filter(recorded -> recorded.path("name").textValue().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no recording is called " + name));
  }

  /** Sends a recorded request, about {@code id} where the recorded one was about an enclave. */
  Answer replay(String name, String id) throws IOException, InterruptedException {
    return replay(recording(name), Map.of("enc_1795408843757_xbiwnie9a", id));
  }

  /** Sends a recorded request with other ids than the recorded ones. */
  Answer replay(JsonNode recording, Map<String, String> ids)
      throws IOException, InterruptedException {
    JsonNode request = recording.path("request");
    JsonNode body = request.path("body");
    String path = request.path("path").textValue();
    String text = body.isNull() ? "" : body.isTextual() ? body.textValue() : body.toString();
    for (Map.Entry<String, String> id : ids.entrySet()) {
      path = path.replace(id.getKey(), id.getValue());
      text = text.replace(id.getKey(), id.getValue());
    }
    return send(request.path("method").textValue(), path, text);
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  Answer send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
        .header("Authorization", "Bearer " + key)
        .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<byte[]> response =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    JsonNode json =
        response.body().length == 0 ? MissingNode.getInstance() : JSON.readTree(response.body());
    Contract.check(method, path, response.statusCode(), json);
    return new Answer(response.statusCode(), json, response.headers());
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
    return createFor(WALLET, image, settings);
  }

  /** The same for another wallet, whose key this must be. */
  String createFor(String wallet, String image, String... settings)
      throws IOException, InterruptedException {
    ObjectNode body = (ObjectNode) recording("create").at("/request/body");
    body.put("walletAddress", wallet);
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
      Thread.sleep(20);
    }
  }
}
