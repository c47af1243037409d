package io.treza.samples.platform.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.treza.platform.Limits;
import io.treza.platform.TrezaPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * GET of one enclave, with its API key, from a platform that keeps 1,000 in its file, beside a bare
 * handler that writes the same bytes: the JDK's server, loopback, the same connections, in turns.
 */
public final class PlatformBenchmark {
  private static final String USAGE = "usage: run [--seconds N] [--rounds N]";
  private static final int CONNECTIONS = 8;
  private static final int ENCLAVES = 1000;
  private static final String WALLET = "0x1111111111111111111111111111111111111111";
  private static final Pattern ID = Pattern.compile("\"id\":\"(enc_[0-9a-z_]+)\"");

  private PlatformBenchmark() {}

  /** Runs it and prints a table. */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    double seconds = 3;
    int rounds = 7;
    for (int i = 0; i < arguments.length; i += 2) {
      switch (arguments[i]) {
        case "--seconds" -> seconds = Double.parseDouble(arguments[i + 1]);
        case "--rounds" -> rounds = Integer.parseInt(arguments[i + 1]);
        default -> throw new IllegalArgumentException(USAGE);
      }
    }
    Path data = Files.createTempDirectory("treza-benchmark");
    int threads = 2 * CONNECTIONS;
    Limits limits = Limits.builder()
        .requestRate(1_000_000_000, 1_000_000_000)
        .concurrentRequests(threads)
        .enclavesPerWallet(ENCLAVES)
        .build();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (TrezaPlatform platform = TrezaPlatform.builder(new IdleBackend())
        .dataDirectory(data)
        .limits(limits)
        .start()) {
      String key = platform.newKey("benchmark", WALLET);
      String id = "";
      for (int i = 0; i < ENCLAVES; i++) {
        id = create(platform.baseUrl(), key);
      }
      Load ours = new Load(platform.baseUrl().resolve("/api/enclaves/" + id), key);
      HttpServer server = bare(ours.once(), pool);
      try {
        Load bare = new Load(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/bare"), key);
        measure(ours, bare, Duration.ofNanos((long) (seconds * 1e9)), rounds);
      } finally {
        server.stop(0);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static HttpServer bare(byte[] body, ExecutorService pool) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(pool);
    server.createContext("/", exchange -> {
      try (exchange) {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    });
    server.start();
    return server;
  }

  private static void measure(Load ours, Load bare, Duration time, int rounds)
      throws InterruptedException, ExecutionException {
    ours.rate(CONNECTIONS, time);
    bare.rate(CONNECTIONS, time);
    List<Double> oursRates = new ArrayList<>();
    List<Double> bareRates = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      bareRates.add(bare.rate(CONNECTIONS, time));
      oursRates.add(ours.rate(CONNECTIONS, time));
      ratios.add(oursRates.get(round) / bareRates.get(round));
    }
    System.out.println("| | median | lowest | highest | target |");
    System.out.println("|---|--:|--:|--:|---|");
    row("bare handler, answers a second", "%.0f", bareRates, "");
    row("GET of an enclave, answers a second", "%.0f", oursRates, "");
    row("ratio", "%.2f", ratios, "≥ 0.5");
  }

  private static void row(String label, String format, List<Double> values, String target) {
    List<Double> sorted = values.stream().sorted().toList();
    String numbers = String.join(" | ", format, format, format);
    System.out.printf(
        Locale.ROOT,
        "| %s | " + numbers + " | %s |%n",
        label,
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() - 1),
        target);
  }

  private static String create(URI platform, String key) throws IOException, InterruptedException {
    String body = """
        {"name": "service", "description": "one of many", "region": "us-east-1",
         "walletAddress": "%s", "providerId": "aws-nitro", "providerConfig": {
           "dockerImage": "registry.example/service@sha256:%s", "cpuCount": "2",
           "memoryMiB": "1024", "instanceType": "m6i.xlarge"}}""".formatted(WALLET, "ab".repeat(32));
    HttpResponse<String> answer = HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(platform.resolve("/api/enclaves"))
                .header("Authorization", "Bearer " + key)
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString(UTF_8));
    Matcher id = ID.matcher(answer.body());
    if (!id.find()) {
      throw new IOException("create answered " + answer.body());
    }
    return id.group(1);
  }
}
