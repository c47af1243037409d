package io.treza.samples.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import io.treza.testsupport.Consumer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client as strangers use it: another process, on the class path and on the module path. */
class ConsumerTest {
  private static final String MAIN = "io.treza.samples.client.Lifecycle";
  private static final String ENCLAVE =
      "{\"enclave\": {\"id\": \"enc_1\", \"status\": \"DEPLOYED\"}}";

  @TempDir
  Path directory;

  private HttpServer platform;
  private SimulatedNsm nsm;

  @BeforeEach
  void start() throws IOException {
    DevelopmentRoot root = DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
    nsm = SimulatedNsm.builder(CertificateChain.builder(root).build())
        .measurements(measured(1), measured(1), measured(1))
        .build();
    Files.writeString(directory.resolve("root"), root.certificate().pem());
    for (int release : new int[] {1, 2}) {
      String hex = HexFormat.of().formatHex(measured(release));
      Files.writeString(
          directory.resolve("pins" + release),
          "{\"PCR0\": \"%s\", \"PCR1\": \"%s\", \"PCR2\": \"%s\"}".formatted(hex, hex, hex));
    }
    platform = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    platform.createContext("/api/enclaves", exchange -> answer(exchange, ENCLAVE));
    platform.createContext(
        "/api/enclaves/enc_1/attestation",
        exchange -> answer(
            exchange,
            "{\"attestationDocument\": {\"document\": \"%s\"}}".formatted(evidence(exchange))));
    platform.createContext(
        "/api/providers",
        exchange -> answer(
            exchange,
            "{\"providers\": [{\"id\": \"aws-nitro\", \"regions\": [\"eu-west-1\"],"
                + " \"configSchema\": {\"dockerImage\": {\"type\": \"string\","
                + " \"validation\": {\"pattern\": \"^[a-z]+$\"}}}}]}"));
    platform.start();
  }

  @AfterEach
  void stop() {
    platform.stop(0);
  }

  private static byte[] measured(int release) {
    byte[] pcr = new byte[48];
    Arrays.fill(pcr, (byte) release);
    return pcr;
  }

  private String evidence(HttpExchange exchange) {
    String nonce = exchange.getRequestURI().getQuery().replace("nonce=", "");
    return Base64.getEncoder()
        .encodeToString(nsm.attest(
            Optional.of(HexFormat.of().parseHex(nonce)), Optional.empty(), Optional.empty()));
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Test
  void worksOnTheClassPath() throws Exception {
    assertVerifies(Consumer.onClassPath(MAIN, entry -> true, directory));
  }

  @Test
  void worksOnTheModulePath() throws Exception {
    assertVerifies(Consumer.onModulePath("io.treza.samples.client/" + MAIN, directory));
  }

  private void assertVerifies(Consumer consumer) throws Exception {
    Consumer.Output verified = run(consumer, "app", "pins1");
    assertEquals(0, verified.status(), verified::toString);
    assertTrue(verified.out().startsWith("verified sim-i-"), verified::toString);
    Consumer.Output refused = run(consumer, "app", "pins2");
    assertEquals(1, refused.status(), refused::toString);
    assertTrue(refused.out().startsWith("refused MEASUREMENT_MISMATCH"), refused::toString);
    Consumer.Output notSent = run(consumer, "NO IMAGE", "pins1");
    assertEquals(2, notSent.status(), notSent::toString);
    assertTrue(notSent.out().startsWith("providerConfig.dockerImage "), notSent::toString);
  }

  private Consumer.Output run(Consumer consumer, String image, String pins) throws Exception {
    String url = "http://127.0.0.1:" + platform.getAddress().getPort();
    return consumer.run(url, "0x1", image, pins, "root");
  }
}
