package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import okhttp3.Cache;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who asks: from where the client knows it, what is sent, and that nobody else reads it. */
@WireMockTest
class CredentialsTest {
  private static final String KEY = "treza_live_never_to_be_seen";
  private static final String PASSWORD = "hunter2-never-to-be-seen";

  private WireMockRuntimeInfo server;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    server.getWireMock().register(any(anyUrl()).willReturn(okJson("{\"enclaves\":[]}")));
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .retries(RetryPolicy.NONE);
  }

  private List<String> sent(String header) {
    List<ServeEvent> events = server.getWireMock().getServeEvents();
    return events.stream().map(event -> event.getRequest().getHeader(header)).toList();
  }

  @Test
  void aKeyAloneNamesNoWallet() {
    try (TrezaClient client = builder().apiKey(KEY).build()) {
      client.getEnclaves();
    }
    assertEquals(List.of("Bearer " + KEY), sent("Authorization"));
    assertNull(sent("x-treza-wallet").get(0));
    assertEquals(
        "/api/enclaves",
        server.getWireMock().getServeEvents().get(0).getRequest().getUrl());
  }

  @Test
  void aWalletAloneSendsNoKey() {
    try (TrezaClient client = builder().walletAddress("0xA").build()) {
      client.getEnclaves();
    }
    assertNull(sent("Authorization").get(0));
    assertEquals(List.of("0xA"), sent("x-treza-wallet"));
  }

  @Test
  void eachCallTakesTheCredentialsOfTheMoment() {
    Deque<Credentials> rotated = new ArrayDeque<>(
        List.of(Credentials.apiKey("one", "0xA"), Credentials.apiKey("two", "0xB")));
    try (TrezaClient client = builder().credentials(rotated::remove).build()) {
      client.getEnclaves();
      client.getEnclaves();
    }
    // Newest first.
    assertEquals(List.of("Bearer two", "Bearer one"), sent("Authorization"));
    assertEquals(List.of("0xB", "0xA"), sent("x-treza-wallet"));
    assertTrue(
        server.getWireMock().getServeEvents().get(0).getRequest().getUrl().endsWith("?wallet=0xB"));
  }

  @Test
  void theCacheOfSomebodysClientTellsNobodyWhatAnotherWasTold(@TempDir Path directory)
      throws IOException {
    server
        .getWireMock()
        .register(any(anyUrl())
            .willReturn(okJson("{\"enclave\":{\"id\":\"e\",\"status\":\"DEPLOYED\"}}")
                .withHeader("Cache-Control", "max-age=3600")));
    try (Cache cache = new Cache(directory.toFile(), 1 << 20)) {
      OkHttpClient shared = new OkHttpClient.Builder().cache(cache).build();
      for (String key : List.of("one", "two")) {
        try (TrezaClient client = builder().httpClient(shared).apiKey(key).build()) {
          client.getEnclave("e");
        }
      }
    }
    assertEquals(List.of("Bearer two", "Bearer one"), sent("Authorization"));
  }

  static Stream<Arguments> withSecrets() {
    Secret secret = new Secret(PASSWORD);
    GitHubConnection connection = new GitHubConnection(
        true, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(secret));
    CreateEnclaveRequest.Builder create =
        CreateEnclaveRequest.builder("a:b").name("n").description("d").region("r");
    CreateEnclaveRequest ofRegistry =
        create.privateRegistry(new PrivateRegistry("https://r", "u", secret)).build();
    return Stream.of(
        failure("registry", c -> c.createEnclave(ofRegistry)),
        failure(
            "update",
            c -> c.updateEnclave(
                UpdateEnclaveRequest.builder("e").githubConnection(connection).build())),
        failure("repositories", c -> c.getGitHubRepositories(secret)),
        failure("branches", c -> c.getRepositoryBranches(secret, "o/r")),
        failure("code", c -> c.exchangeGitHubCode(PASSWORD, "s")),
        failure("new key", c -> c.createApiKey(new CreateApiKeyRequest("n", List.of()))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withSecrets")
  void noOtherSecretCrossesANetworkInTheClearEither(String name, Consumer<TrezaClient> call) {
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create("http://platform.invalid"))
        .walletAddress("0xA")
        .retries(RetryPolicy.NONE)
        .withoutRequestValidation()
        .build()) {
      String message = assertThrows(IllegalArgumentException.class, () -> call.accept(client))
          .toString();
      assertFalse(message.contains(PASSWORD), message);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 500})
  void aServerThatRepeatsTheKeyBringsItIntoNoFailure(int status) {
    for (String type : List.of("text/plain", "application/json")) {
      server
          .getWireMock()
          .register(any(anyUrl())
              .willReturn(aResponse()
                  .withStatus(status)
                  .withHeader("Content-Type", type)
                  .withBody(
                      type.equals("text/plain")
                          ? "Authorization: Bearer " + KEY
                          : "{\"error\":\"" + KEY + "\",\"details\":[\"" + KEY + "\"]}")));
      try (TrezaClient client = builder().apiKey(KEY).build()) {
        TrezaException failure = assertThrows(TrezaException.class, () -> client.getEnclave("e"));
        assertTrue(failure.serverText().contains("***"), failure::serverText);
        assertFalse((failure + failure.serverText()).contains(KEY), failure::toString);
      }
    }
  }

  @Test
  void aSuppliedKeyDoesNotCrossANetworkInTheClear() {
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create("http://platform.invalid"))
        .credentials(() -> Credentials.apiKey(KEY))
        .build()) {
      String message =
          assertThrows(IllegalArgumentException.class, client::getProviders).toString();
      assertTrue(message.contains("https"), message);
      assertFalse(message.contains(KEY), message);
    }
  }

  @Test
  void theEnvironmentSaysWhereAndWho() {
    try (TrezaClient client = TrezaClientBuilder.from(Map.of(
            "TREZA_PLATFORM_URL",
            server.getHttpBaseUrl(),
            "TREZA_API_KEY",
            KEY,
            "TREZA_WALLET_ADDRESS",
            "0xA"))
        .build()) {
      client.getEnclaves();
    }
    assertEquals(List.of("Bearer " + KEY), sent("Authorization"));
    assertEquals(List.of("0xA"), sent("x-treza-wallet"));
  }

  static Stream<Arguments> incomplete() {
    return Stream.of(
        Arguments.of(
            Map.of(),
            "TREZA_PLATFORM_URL is not set: where the platform is; neither TREZA_API_KEY nor"
                + " TREZA_WALLET_ADDRESS is set: as whom to ask"),
        Arguments.of(
            Map.of("TREZA_API_KEY", KEY), "TREZA_PLATFORM_URL is not set: where the platform is"),
        Arguments.of(
            Map.of("TREZA_PLATFORM_URL", "https://h"),
            "neither TREZA_API_KEY nor TREZA_WALLET_ADDRESS is set: as whom to ask"));
  }

  @ParameterizedTest
  @MethodSource("incomplete")
  void anIncompleteEnvironmentIsToldInFull(Map<String, String> environment, String message) {
    assertEquals(
        message,
        assertThrows(IllegalStateException.class, () -> TrezaClientBuilder.from(environment))
            .getMessage());
  }

  @Test
  void anAddressOfTheEnvironmentThatIsNoneIsNamed() {
    String message = assertThrows(
            IllegalStateException.class,
            () -> TrezaClientBuilder.from(
                Map.of("TREZA_PLATFORM_URL", "not an address", "TREZA_API_KEY", KEY)))
        .getMessage();
    assertTrue(message.contains("TREZA_PLATFORM_URL is not an address"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\nb", "a\u00e9"})
  void credentialsThatCannotTravelAreRefusedUnseen(String bad) {
    assertThrows(IllegalArgumentException.class, () -> Credentials.wallet(bad));
    String message = assertThrows(
            IllegalArgumentException.class, () -> Credentials.apiKey(KEY + bad + " "))
        .toString();
    assertFalse(message.contains(KEY), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "x-treza-wallet", "HOST"})
  void anyOtherRequestCannotPoseAsSomebodyElse(String header) {
    ApiRequest request = ApiRequest.get("/api/x");
    assertThrows(IllegalArgumentException.class, () -> request.header(header, "x"));
  }

  static Stream<Arguments> failing() {
    CreateEnclaveRequest withSecrets = CreateEnclaveRequest.builder("a:b")
        .name("n")
        .description("d")
        .region("r")
        .setting("environmentVariables", "{\"DB\":\"" + PASSWORD + "\"}")
        .privateRegistry(new PrivateRegistry("https://r", "u", new Secret(PASSWORD)))
        .build();
    return Stream.of(
        failure("get", c -> c.getEnclave("e")),
        failure("create", c -> c.createEnclave(withSecrets)),
        failure("repositories", c -> c.getGitHubRepositories(new Secret(PASSWORD))),
        failure("code", c -> c.exchangeGitHubCode(PASSWORD, "s")),
        failure("redact", c -> c.redactText(PASSWORD)),
        failure(
            "chat",
            c -> c.redactChatCompletions(
                Map.of(),
                new Redaction.ChatOptions(
                    Optional.of(new Secret(PASSWORD)), Optional.empty(), false))),
        failure(
            "bad header",
            c -> c.redactChatCompletions(
                Map.of(),
                new Redaction.ChatOptions(
                    Optional.of(new Secret(PASSWORD + "\n")), Optional.empty(), false))));
  }

  private static Arguments failure(String name, Consumer<TrezaClient> call) {
    return Arguments.of(name, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failing")
  void noFailureAndNoLogShowsASecret(String name, Consumer<TrezaClient> call) {
    try (TrezaClient client = builder()
        .apiKey(KEY)
        .walletAddress("0xA")
        .retries(new RetryPolicy(2, java.time.Duration.ZERO, java.time.Duration.ZERO))
        .build()) {
      for (var answer : List.of(
          aResponse().withStatus(401).withBody("{\"error\":\"no\"}"),
          aResponse().withStatus(500),
          aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
          aResponse().withStatus(200).withBody("nonsense"))) {
        server.getWireMock().register(any(anyUrl()).willReturn(answer));
        StringWriter all = new StringWriter();
        assertThrows(RuntimeException.class, () -> call.accept(client))
            .printStackTrace(new PrintWriter(all, true));
        assertFalse(all.toString().contains(KEY), all.toString());
        assertFalse(all.toString().contains(PASSWORD), all.toString());
      }
      assertFalse(client.toString().contains(KEY), client.toString());
    }
    assertFalse(CapturedLogs.with("localhost").isEmpty(), "the exchanges are logged");
    assertEquals(List.of(), CapturedLogs.with(KEY));
    assertEquals(List.of(), CapturedLogs.with(PASSWORD));
  }

  static Stream<Object> holders() {
    Secret secret = new Secret(PASSWORD);
    return Stream.of(
        secret,
        Credentials.apiKey(PASSWORD, "0xA"),
        new PrivateRegistry("https://r", "u", secret),
        new GitHubConnection(
            true, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(secret)),
        new Redaction.ChatOptions(Optional.of(secret), Optional.empty(), true),
        CreateEnclaveRequest.builder("a:b")
            .name("n")
            .description("d")
            .region("r")
            .setting("environmentVariables", PASSWORD)
            .build(),
        UpdateEnclaveRequest.builder("e")
            .providerConfig(Map.of("environmentVariables", PASSWORD))
            .build(),
        ApiRequest.post("/api/x/{y}", PASSWORD)
            .query("q", PASSWORD)
            .header("x-key", PASSWORD)
            .body(Map.of("p", PASSWORD)));
  }

  @ParameterizedTest
  @MethodSource("holders")
  void whatHoldsASecretDoesNotShowIt(Object holder) {
    assertFalse(holder.toString().contains(PASSWORD), holder.getClass().getName());
  }

  @Test
  void aRecordOfAnEnclaveDoesNotShowItsSettings() {
    server
        .getWireMock()
        .register(any(anyUrl())
            .willReturn(okJson("{\"enclave\":{\"id\":\"e\",\"status\":\"X\",\"providerConfig\":"
                + "{\"environmentVariables\":\"" + PASSWORD + "\"}}}")));
    try (TrezaClient client = builder().build()) {
      Enclave enclave = client.getEnclave("e");
      assertEquals(PASSWORD, enclave.providerConfig().get("environmentVariables"));
      assertFalse(enclave.toString().contains(PASSWORD), enclave.toString());
      assertTrue(enclave.toString().contains("environmentVariables"), enclave.toString());
    }
  }
}
