package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that answer badly, and what lies between. */
@WireMockTest
class FaultsTest {
  private static final String PAGE = "<!DOCTYPE html><html><body>Something broke</body></html>";
  private static final String KEY = "treza_live_faults";
  private static final String ENCLAVE = "{\"enclave\":{\"id\":\"e\",\"status\":\"DEPLOYED\"}}";

  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = builder().build();
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0x1")
        .apiKey(KEY)
        .retries(RetryPolicy.NONE);
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private void everythingAnswers(ResponseDefinitionBuilder answer) {
    server.getWireMock().register(any(anyUrl()).willReturn(answer));
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        call("get", c -> c.getEnclave("e")),
        call("list", TrezaClient::getEnclaves),
        call("pause", c -> c.pauseEnclave("e")),
        call("logs", c -> c.getEnclaveLogs("e")),
        call("attestation", c -> c.getAttestation("e")),
        call("status", c -> c.getVerificationStatus("e")),
        call("verdict", c -> c.requestVerdict("e", VerdictRequest.EMPTY)),
        call("pcrs", c -> c.getPcrs("e")),
        call("providers", TrezaClient::getProviders),
        call("provider", c -> c.getProvider("p")),
        call("tasks", TrezaClient::getTasks),
        call("keys", TrezaClient::getApiKeys),
        call("images", c -> c.searchDockerImages("q")),
        call("branches", c -> c.getRepositoryBranches(new Secret("t"), "o/n")),
        call("redact", c -> c.redactText("x")),
        call("any", c -> c.request(ApiRequest.get("/api/x")).json()));
  }

  private static Arguments call(String name, Consumer<TrezaClient> call) {
    return Arguments.of(name, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void aPageInsteadOfAnAnswerIsUnexpected(String name, Consumer<TrezaClient> call) {
    everythingAnswers(
        aResponse().withStatus(200).withHeader("Content-Type", "text/html").withBody(PAGE));
    TrezaException failure =
        assertThrows(TrezaException.UnexpectedAnswer.class, () -> call.accept(client));
    assertFalse(failure.toString().contains("broke"), failure.toString());
  }

  @ParameterizedTest
  @CsvSource({"404, NotFound", "500, Server", "502, Server", "503, Server", "403, Unauthorised"})
  void aPageOfAnErrorIsTheErrorWithoutThePage(int status, String type) {
    everythingAnswers(
        aResponse().withStatus(status).withHeader("Content-Type", "text/html").withBody(PAGE));
    TrezaException failure = assertThrows(TrezaException.class, () -> client.getEnclave("e"));
    assertEquals(type, failure.getClass().getSimpleName());
    assertEquals("", failure.serverText());
    assertEquals("GET /api/enclaves/e: HTTP " + status, failure.getMessage());
  }

  @Test
  void aTextOfAnErrorIsTold() {
    everythingAnswers(aResponse()
        .withStatus(502)
        .withHeader("Content-Type", "text/plain")
        .withBody("upstream is away"));
    assertEquals(
        "upstream is away",
        assertThrows(TrezaException.Server.class, () -> client.getEnclave("e")).serverText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-request-id", "X-Treza-Request-Id", "x-vercel-id", "x-amzn-RequestId"})
  void theServersNameForTheExchangeIsTold(String header) {
    everythingAnswers(aResponse().withStatus(500).withHeader(header, "req-7"));
    TrezaException failure =
        assertThrows(TrezaException.Server.class, () -> client.getEnclave("e"));
    assertEquals(Optional.of("req-7"), failure.requestId());
    assertTrue(failure.getMessage().endsWith("(request req-7)"), failure.getMessage());
  }

  @Test
  void withoutOneThereIsNone() {
    everythingAnswers(aResponse().withStatus(500));
    assertEquals(
        Optional.empty(),
        assertThrows(TrezaException.Server.class, () -> client.getEnclave("e")).requestId());
  }

  @ParameterizedTest
  @CsvSource({"301, a", "302, a", "303, a", "307, a", "308, a", "307, b"})
  void aRedirectTakesNothingToAnotherHost(int status, String injected) {
    WireMockServer other = new WireMockServer(WireMockConfiguration.options().dynamicPort());
    other.start();
    OkHttpClient follows = new OkHttpClient.Builder().followRedirects(true).build();
    try (TrezaClient redirected =
        injected.equals("a") ? builder().build() : builder().httpClient(follows).build()) {
      everythingAnswers(
          aResponse().withStatus(status).withHeader("Location", other.baseUrl() + "/api/x"));
      TrezaException failure =
          assertThrows(TrezaException.UnexpectedAnswer.class, () -> redirected.getEnclave("e"));
      assertTrue(failure.getMessage().contains("redirects are not followed"), failure.toString());
      assertEquals(List.of(), other.getAllServeEvents());
    } finally {
      other.stop();
    }
  }

  @Test
  void aSlowBodyIsATimeout() {
    everythingAnswers(okJson(ENCLAVE).withChunkedDribbleDelay(50, 600_000));
    try (TrezaClient impatient =
        builder().attemptTimeout(Duration.ofMillis(500)).build()) {
      assertThrows(TrezaException.Timeout.class, () -> impatient.getEnclave("e"));
    }
  }

  @Test
  void anInjectedClientIsUsedAndOutlivesOurs() {
    everythingAnswers(okJson(ENCLAVE));
    OkHttpClient theirs = new OkHttpClient.Builder()
        .addInterceptor(chain ->
            chain.proceed(chain.request().newBuilder().header("x-trace", "t-1").build()))
        .build();
    try (TrezaClient derived = builder().httpClient(theirs).build()) {
      derived.getEnclave("e");
    }
    assertEquals(
        "t-1", server.getWireMock().getServeEvents().get(0).getRequest().getHeader("x-trace"));
    assertFalse(theirs.dispatcher().executorService().isShutdown());
  }

  /** Answers each connection with these bytes and closes it. */
  private static void serve(String answer, Consumer<URI> use) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread serving = new Thread(() -> {
        while (!socket.isClosed()) {
          try (Socket connection = socket.accept()) {
            byte[] request = new byte[10_000];
            if (connection.getInputStream().read(request) > 0) {
              connection.getOutputStream().write(answer.getBytes(UTF_8));
            }
          } catch (IOException e) {
            // The next connection is another one's; the socket's end is ours.
          }
        }
      });
      serving.setDaemon(true);
      serving.start();
      use.accept(URI.create("http://127.0.0.1:" + socket.getLocalPort()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"enclave\":{",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"enc",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "",
      })
  void anAnswerThatBreaksOffIsANetworkFailure(String answer) throws IOException {
    serve(answer, address -> {
      try (TrezaClient cut = builder().baseUrl(address).build()) {
        TrezaException failure =
            assertThrows(TrezaException.Network.class, () -> cut.getEnclave("e"));
        assertInstanceOf(IOException.class, failure.getCause());
        assertTrue(failure.isTransient());
      }
    });
  }

  @Test
  void anAnswerWithoutEndIsCut() throws IOException {
    String endless = "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(16 * 1024 * 1024 + 1);
    serve(endless, address -> {
      try (TrezaClient flooded = builder().baseUrl(address).build()) {
        TrezaException failure =
            assertThrows(TrezaException.UnexpectedAnswer.class, () -> flooded.getEnclave("e"));
        assertTrue(failure.getMessage().contains("longer than 16777216"), failure.getMessage());
      }
    });
  }
}
