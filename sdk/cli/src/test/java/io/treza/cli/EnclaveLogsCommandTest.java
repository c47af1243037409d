package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs as the original server tells them, and what goes with every request. */
class EnclaveLogsCommandTest {
  private static final String STARTED =
      "{\"timestamp\": 1795408843000, \"source\": \"ecs\", \"message\": \"started\\n\"}";
  private static final String FORGED =
      "{\"timestamp\": 1795408844000, \"source\": \"app\", \"message\": \"a\\n\\u001b[2Jb\"}";

  @TempDir
  Path directory;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /** The enclave is running when first asked about, and destroyed the second time. */
  private void answer(HttpExchange exchange) throws IOException {
    requests.add(exchange.getRequestURI().toString());
    keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    boolean first = requests.size() == 1;
    boolean known = exchange.getRequestURI().getPath().equals("/api/enclaves/enc_1/logs");
    byte[] body = (known
            ? "{\"enclave_id\": \"enc_1\", \"enclave_name\": \"n\", \"enclave_status\": \"%s\","
                    .formatted(first ? "DEPLOYED" : "DESTROYED")
                + " \"logs\": {\"application\": [%s], \"ecs\": [%s]}}"
                    .formatted(first ? "" : FORGED, STARTED)
            : "{\"error\": \"Enclave not found\"}")
        .getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(known ? 200 : 404, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private CommandLineRun logs(String... words) {
    List<String> args = new ArrayList<>(List.of("enclave", "logs"));
    args.addAll(List.of(words));
    args.add("--platform=http://127.0.0.1:" + server.getAddress().getPort());
    return CommandLineRun.of(args);
  }

  @Test
  void linesAreInOrderOfTimeAndSafeToPrint() {
    requests.add("the enclave is gone already");
    CommandLineRun run = logs("enc_1", "--wallet=0x1");
    assertEquals(0, run.status(), run::toString);
    assertEquals(
        List.of("2026-11-23T04:40:43Z [ecs] started", "2026-11-23T04:40:44Z [app] a??[2Jb"),
        run.out().lines().toList());
  }

  @Test
  void typeAndLimitAreAskedFor() {
    logs("enc_1", "--wallet=0x1", "--type=errors", "--limit=7");
    assertEquals(List.of("/api/enclaves/enc_1/logs?type=errors&limit=7"), requests);
  }

  @Test
  void jsonIsALineForEach() throws IOException {
    CommandLineRun run = logs("enc_1", "--wallet=0x1", "--json");
    assertEquals(
        JsonMapper.builder()
            .build()
            .readTree("{\"timestamp\": \"2026-11-23T04:40:43Z\","
                + " \"source\": \"ecs\", \"message\": \"started\\n\"}"),
        JsonMapper.builder().build().readTree(run.out()));
  }

  @Test
  void followingPrintsEachLineOnceAndEndsWithTheEnclave() {
    CommandLineRun run = logs("enc_1", "--wallet=0x1", "--follow", "--poll=PT0.01S");
    assertEquals(0, run.status(), run::toString);
    assertEquals(2, run.out().lines().count(), run::toString);
    assertEquals(2, requests.size());
  }

  @Test
  void theKeyComesFromAFileAndIsNeverShown() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "treza_live_s3cret\n");
    CommandLineRun run = logs("enc_2", "--api-key-file=" + key);
    assertEquals(List.of("Bearer treza_live_s3cret"), keys);
    assertEquals(2, run.status());
    assertTrue(run.err().contains("Enclave not found"), run::toString);
    assertFalse(run.toString().contains("s3cret"), run::toString);
  }

  @Test
  void aKeyDoesNotCrossANetworkInTheClear() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "treza_live_s3cret");
    CommandLineRun run = CommandLineRun.of(
        "enclave", "list", "--platform=http://example.com", "--api-key-file=" + key);
    assertEquals(2, run.status());
    assertTrue(run.err().contains("use https"), run::toString);
    assertFalse(run.toString().contains("s3cret"), run::toString);
  }

  @Test
  void withoutAPlatformNobodyIsAsked() {
    CommandLineRun run = CommandLineRun.of("enclave", "list", "--wallet=0x1");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--platform URL"), run::toString);
  }

  @Test
  void withoutCredentialsNobodyIsAsked() {
    CommandLineRun run = logs("enc_1");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("as whom?"), run::toString);
    assertEquals(List.of(), requests);
  }
}
