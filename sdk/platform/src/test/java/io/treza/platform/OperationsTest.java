package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.internal.sqlite.SqliteStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator looks at, and what becomes of requests when the server stops. */
@Timeout(60)
class OperationsTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir
  private Path directory;

  private final FakeBackend backend = new FakeBackend();
  private SqliteStore store;
  private TrezaPlatform platform;
  private Wire wire;

  @BeforeEach
  void start() throws IOException {
    store = SqliteStore.open(directory.resolve("treza.db"));
    platform = TrezaPlatform.builder(backend).store(store).start();
    wire = new Wire(platform);
    backend.launches.release(100);
  }

  @AfterEach
  void stop() {
    platform.close();
    store.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(platform.baseUrl().resolve(path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void probesAskForNoKey() throws Exception {
    assertEquals("{\"status\":\"ok\"}", send(request("/health")).body());
    assertEquals("{\"status\":\"ready\"}", send(request("/ready")).body());
    assertEquals(401, send(request("/metrics")).statusCode());
  }

  @Test
  void aServerWhoseStoreIsGoneLivesAndIsNotReady() throws Exception {
    store.close();
    assertEquals(200, wire.get("/health").status());
    Wire.Answer ready = wire.get("/ready");
    assertEquals(503, ready.status());
    assertEquals("the store does not answer", ready.error());
    assertEquals(500, wire.get("/api/providers").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc-1.2_X", "0"})
  void aRequestKeepsTheIdItCameWith(String id) throws Exception {
    HttpResponse<String> answer = send(request("/health").header("x-request-id", id));
    assertEquals(List.of(id), answer.headers().allValues("x-request-id"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "<script>",
        "",
        "12345678901234567890123456789012345678901" + "234567890123456789012345"
      })
  void anIdThatIsNoPlainWordIsReplaced(String id) throws Exception {
    HttpResponse<String> answer = send(request("/health").header("x-request-id", id));
    String given = answer.headers().firstValue("x-request-id").orElseThrow();
    assertTrue(given.matches("[0-9a-f]{16}"), given);
    assertFalse(given.equals(
        send(request("/health")).headers().firstValue("x-request-id").orElseThrow()));
  }

  @Test
  void refusalsHaveAnIdToo() throws Exception {
    for (String path : List.of("/api/enclaves", "/nowhere", "/%zz")) {
      HttpResponse<String> answer = HTTP.send(
          HttpRequest.newBuilder(URI.create(platform.baseUrl() + path.replace("%zz", "%25zz")))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      assertEquals(401, answer.statusCode());
      assertTrue(answer.headers().firstValue("x-request-id").isPresent());
    }
  }

  /** The samples of a scrape by name and labels, after a strict reading of the format. */
  private Map<String, Double> scrape() throws Exception {
    HttpResponse<String> answer =
        send(request("/metrics").header("Authorization", "Bearer " + wire.key()));
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        answer.headers().firstValue("content-type").orElseThrow());
    return PrometheusText.read(answer.body());
  }

  @Test
  void metricsTellRequestsEnclavesLaunchesAndVerifications() throws Exception {
    String id = wire.create("a");
    wire.await(id, "DEPLOYED");
    backend.failure = Optional.of("no");
    wire.await(wire.create("b"), "FAILED");
    wire.send("POST", "/api/enclaves/" + id + "/attestation/verify", "{}");
    wire.send(
        "POST",
        "/api/enclaves/" + id + "/attestation/verify",
        "{\"attestationDocument\":\"garbage\"}");
    wire.get("/api/enclaves/enc_unknown");
    wire.send("PROPFIND", "/api/" + "x".repeat(50), "");
    Map<String, Double> samples = scrape();
    assertEquals(1, samples.get("treza_enclaves{status=\"DEPLOYED\"}"));
    assertEquals(1, samples.get("treza_enclaves{status=\"FAILED\"}"));
    assertEquals(0, samples.get("treza_enclaves{status=\"PAUSED\"}"));
    assertEquals(1, samples.get("treza_launches_total{outcome=\"launched\"}"));
    assertEquals(1, samples.get("treza_launches_total{outcome=\"failed\"}"));
    assertEquals(1, samples.get("treza_verifications_total{verdict=\"valid\"}"));
    assertEquals(1, samples.get("treza_verifications_total{verdict=\"invalid\"}"));
    assertEquals(1, samples.get("treza_http_requests_in_flight"));
    String requests = "treza_http_requests_total";
    assertEquals(
        2, samples.get(requests + "{method=\"POST\",route=\"/api/enclaves\",status=\"201\"}"));
    assertEquals(
        1, samples.get(requests + "{method=\"GET\",route=\"/api/enclaves/{id}\",status=\"404\"}"));
    assertEquals(
        1, samples.get(requests + "{method=\"other\",route=\"unmatched\",status=\"404\"}"));
    assertEquals(
        2,
        samples.get("treza_http_request_duration_seconds_count"
            + "{method=\"POST\",route=\"/api/enclaves\"}"));
  }

  @Test
  void aStopWaitsForTheRequestsThatHaveCome() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    backend.beforeEvidence = () -> {
      asked.countDown();
      answer.await();
    };
    String id = wire.create("a");
    wire.await(id, "DEPLOYED");
    FutureTask<Wire.Answer> slow =
        new FutureTask<>(() -> wire.get("/api/enclaves/" + id + "/attestation?nonce=00"));
    new Thread(slow).start();
    asked.await();
    Thread stopping = new Thread(platform::close);
    stopping.start();
    while (send(request("/ready")).statusCode() != 503) {
      Thread.onSpinWait();
    }
    HttpResponse<String> refused =
        send(request("/api/enclaves").header("Authorization", "Bearer " + wire.key()));
    assertEquals(503, refused.statusCode());
    assertTrue(refused.body().contains("stopping"), refused.body());
    assertEquals(200, send(request("/health")).statusCode());
    answer.countDown();
    assertEquals(200, slow.get().status());
    stopping.join();
  }

  /** A reader of text format 0.0.4 that takes nothing it does not know. */
  static final class PrometheusText {
    private static final Pattern HELP = Pattern.compile("# HELP ([a-z_]+) \\S.*");
    private static final Pattern TYPE =
        Pattern.compile("# TYPE ([a-z_]+) (counter|gauge|histogram)");
    private static final String LABEL = "[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE = Pattern.compile(
        "([a-z_]+)((?:\\{" + LABEL + "(?:," + LABEL + ")*\\})?) ([0-9.E+-]+|\\+Inf)");

    private PrometheusText() {}

    static Map<String, Double> read(String text) {
      assertTrue(text.endsWith("\n"), "the last line ends, too");
      Map<String, Double> samples = new HashMap<>();
      Map<String, String> types = new HashMap<>();
      String helped = "";
      String family = "";
      for (String line : text.split("\n")) {
        Matcher help = HELP.matcher(line);
        Matcher type = TYPE.matcher(line);
        Matcher sample = SAMPLE.matcher(line);
        if (help.matches()) {
          helped = help.group(1);
        } else if (type.matches()) {
          family = type.group(1);
          assertEquals(helped, family, "help and type belong together");
          assertEquals(null, types.put(family, type.group(2)), "one block for each family");
        } else {
          assertTrue(sample.matches(), line);
          String name = sample.group(1);
          boolean histogram = "histogram".equals(types.get(family));
          assertTrue(
              histogram ? name.matches(family + "_(bucket|sum|count)") : name.equals(family),
              line + " under " + family);
          double value = sample.group(3).equals("+Inf")
              ? Double.POSITIVE_INFINITY
              : Double.parseDouble(sample.group(3));
          assertEquals(null, samples.put(name + sample.group(2), value), "once: " + line);
        }
      }
      types.forEach((name, kind) -> {
        if (kind.equals("counter")) {
          assertTrue(name.endsWith("_total"), name);
        } else if (kind.equals("histogram")) {
          checkBuckets(name, samples);
        }
      });
      return samples;
    }

    /** Buckets grow with their bounds, and the last one holds all. */
    private static void checkBuckets(String name, Map<String, Double> samples) {
      samples.forEach((key, count) -> {
        if (key.startsWith(name + "_count")) {
          String labels = key.substring((name + "_count{").length(), key.length() - 1);
          double last = 0;
          for (String bound : List.of(
              "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0",
              "2.5", "5.0", "10.0", "+Inf")) {
            double bucket = samples.get(name + "_bucket{" + labels + ",le=\"" + bound + "\"}");
            assertTrue(bucket >= last, key);
            last = bucket;
          }
          assertEquals(count, last, key);
          assertTrue(samples.containsKey(name + "_sum{" + labels + "}"), key);
        }
      });
    }
  }
}
