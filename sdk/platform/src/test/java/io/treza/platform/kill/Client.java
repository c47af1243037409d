package io.treza.platform.kill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Sends requests to a server that may be gone at any moment, again and again until it answers. */
final class Client {
  static final String WALLET = "0x1111111111111111111111111111111111111111";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What became of each acknowledged enclave: its status as last seen, or {@code deleted}. */
  final Map<String, String> enclaves = new ConcurrentHashMap<>();

  final Map<String, String> keys = new ConcurrentHashMap<>();
  final AtomicInteger cutOff = new AtomicInteger();
  final AtomicInteger launches = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Supplier<KilledServer> server;

  Client(Supplier<KilledServer> server) {
    this.server = server;
  }

  record Answer(int status, JsonNode body) {}

  private Answer send(String method, String path, String body, String... headers)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      KilledServer now = server.get();
      HttpRequest.Builder request = HttpRequest.newBuilder(now.url().resolve(path))
          .timeout(Duration.ofSeconds(20))
          .header("Authorization", "Bearer " + now.key())
          .method(method, HttpRequest.BodyPublishers.ofString(body));
      if (headers.length > 0) {
        request.headers(headers);
      }
      try {
        HttpResponse<byte[]> response =
            http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        requests.incrementAndGet();
        if (response.statusCode() != 503) {
          return new Answer(response.statusCode(), JSON.readTree(response.body()));
        }
      } catch (ConnectException e) {
        // Not there yet: nothing was sent.
      } catch (IOException e) {
        cutOff.incrementAndGet();
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(method + " " + path + " gets no answer");
      }
      Thread.sleep(20);
    }
  }

  Answer get(String path) throws InterruptedException {
    return send("GET", path, "");
  }

  private static ObjectNode body() {
    ObjectNode body = JSON.createObjectNode()
        .put("name", "n")
        .put("description", "d")
        .put("region", "us-east-1")
        .put("walletAddress", WALLET)
        .put("providerId", "aws-nitro");
    body.putObject("providerConfig")
        .put("dockerImage", "docker-archive:jib-image-small.tar")
        .put("cpuCount", "2")
        .put("memoryMiB", "1024")
        .put("instanceType", "m6i.xlarge");
    return body;
  }

  /** Creates one enclave, however often the answer is lost. */
  String create() throws InterruptedException {
    String key = UUID.randomUUID().toString();
    Answer answer = createWith(key);
    check(answer.status() == 201, "create answered " + answer);
    String id = answer.body().at("/enclave/id").asText();
    keys.put(id, key);
    check(enclaves.put(id, "created") == null, id + " was created twice");
    return id;
  }

  Answer createWith(String key) throws InterruptedException {
    return send("POST", "/api/enclaves", body().toString(), "Idempotency-Key", key);
  }

  String status(String id) throws InterruptedException {
    Answer answer = get("/api/enclaves/" + id);
    check(answer.status() == 200, id + " is lost: " + answer);
    String status = answer.body().at("/enclave/status").asText();
    check(!status.equals("FAILED"), "" + answer.body());
    return status;
  }

  /** Waits until it has this status. */
  void await(String id, String status) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String seen = status(id);
    while (!seen.equals(status)) {
      check(System.nanoTime() < deadline, id + " is stuck in " + seen);
      Thread.sleep(20);
      seen = status(id);
    }
    enclaves.put(id, status);
  }

  /** Has it moved to another status, however often the answer is lost. */
  void move(String id, String action, String to) throws InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("action", action).put("walletAddress", WALLET);
    Answer answer = send("PATCH", "/api/enclaves/" + id, body.toString());
    // Refused: an earlier sending had been taken, and its answer lost.
    check(answer.status() == 200 || answer.status() == 400, action + " answered " + answer);
    await(id, to);
  }

  void delete(String id) throws InterruptedException {
    Answer answer = send("DELETE", "/api/enclaves/" + id + "?wallet=" + WALLET, "");
    check(answer.status() == 200 || answer.status() == 404, "delete answered " + answer);
    enclaves.put(id, "deleted");
  }

  void verify(String id) throws InterruptedException {
    Answer answer = send("POST", "/api/enclaves/" + id + "/attestation/verify", "{}");
    check(answer.body().path("isValid").asBoolean(), id + " does not verify: " + answer);
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
