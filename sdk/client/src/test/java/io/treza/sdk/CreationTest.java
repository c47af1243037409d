package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One enclave is created, or it is said that this cannot be told. */
@WireMockTest
class CreationTest {
  private static final String PATH = "/api/enclaves";
  private static final String KEY = "my-key-1";
  private static final String CREATED = "{\"enclave\":" + record("enc_1", marked(KEY)) + "}";

  private final FakePacing pacing = new FakePacing();
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .walletAddress("0x1")
        .attemptTimeout(Duration.ofSeconds(2))
        .pacing(pacing)
        .build();
    listed();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private static CreateEnclaveRequest.Builder request() {
    return CreateEnclaveRequest.builder("myorg/api:1")
        .name("api")
        .description("d")
        .region("r");
  }

  private static String marked(String key) {
    return "\"clientToken\":\"" + key + "\"";
  }

  private static String record(String id, String setting) {
    return record(id, "api", "2026-11-23T04:41:00.000Z", setting);
  }

  private static String record(String id, String name, String createdAt, String setting) {
    return "{\"id\":\"" + id + "\",\"status\":\"PENDING_DEPLOY\",\"name\":\"" + name
        + "\",\"createdAt\":\"" + createdAt
        + "\",\"providerConfig\":{\"dockerImage\":\"myorg/api:1\""
        + (setting.isEmpty() ? "" : "," + setting) + "}}";
  }

  private void listed(String... records) {
    lists(okJson("{\"enclaves\":[" + String.join(",", records) + "]}"));
  }

  private void lists(ResponseDefinitionBuilder answer) {
    server.getWireMock().register(get(urlPathEqualTo(PATH)).willReturn(answer));
  }

  /** Answers one after the other; the last one from then on. */
  private void creations(ResponseDefinitionBuilder... answers) {
    for (int i = 0; i < answers.length; i++) {
      server
          .getWireMock()
          .register(post(urlPathEqualTo(PATH))
              .inScenario("creations")
              .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "answer " + i)
              .willSetStateTo(
                  i + 1 < answers.length
                      ? "answer " + (i + 1)
                      : i == 0 ? Scenario.STARTED : "answer " + i)
              .willReturn(answers[i]));
    }
  }

  private List<LoggedRequest> sent() {
    return server.getWireMock().find(postRequestedFor(urlPathEqualTo(PATH)));
  }

  private int looks() {
    return Recording.requests(server, RequestMethod.GET, PATH);
  }

  private static String mark(LoggedRequest request) throws IOException {
    return new ObjectMapper()
        .readTree(request.getBody())
        .at("/providerConfig/clientToken")
        .textValue();
  }

  /** The server did its part, and its answer says nothing of it. */
  static Stream<Arguments> losses() {
    return Stream.of(
        loss("reset", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)),
        loss("closed", aResponse().withFault(Fault.EMPTY_RESPONSE)),
        loss("noise", aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE)),
        loss("broken chunk", aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK)),
        loss("half of the JSON", aResponse().withStatus(201).withBody(CREATED.substring(0, 40))),
        loss("no body", aResponse().withStatus(201)),
        loss(
            "a page",
            aResponse()
                .withStatus(200)
                .withHeader("Content-Type", "text/html")
                .withBody("<html>please log in</html>")),
        loss("500", aResponse().withStatus(500)),
        loss("502 page", aResponse().withStatus(502).withBody("<html>bad gateway</html>")),
        loss("503 now", aResponse().withStatus(503).withHeader("Retry-After", "0")),
        loss("504", aResponse().withStatus(504)));
  }

  private static Arguments loss(String name, ResponseDefinitionBuilder answer) {
    return Arguments.of(name, answer);
  }

  @Test
  void aCreationTravelsWithAKeyInHeaderAndSettings() throws IOException {
    creations(okJson(CREATED));
    client.createEnclave(request().build());
    client.createEnclave(request().build());
    assertEquals(0, looks());
    List<LoggedRequest> sent = sent();
    assertTrue(mark(sent.get(0)).matches("[0-9a-f]{32}"), mark(sent.get(0)));
    assertEquals(mark(sent.get(0)), sent.get(0).getHeader("Idempotency-Key"));
    assertTrue(!mark(sent.get(0)).equals(mark(sent.get(1))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void anEnclaveWhoseAnswerWasLostIsFound(String name, ResponseDefinitionBuilder loss) {
    creations(loss);
    server
        .getWireMock()
        .register(get(urlPathEqualTo(PATH))
            .inScenario("looks")
            .whenScenarioStateIs(Scenario.STARTED)
            .willSetStateTo("sent")
            .willReturn(okJson("{\"enclaves\":[]}")));
    server
        .getWireMock()
        .register(get(urlPathEqualTo(PATH))
            .inScenario("looks")
            .whenScenarioStateIs("sent")
            .willReturn(okJson("{\"enclaves\":[" + record("enc_0", marked("other")) + ","
                + record("enc_1", marked(KEY)) + "]}")));
    assertEquals(
        "enc_1", client.createEnclave(request().idempotencyKey(KEY).build()).id());
    assertEquals(1, sent().size());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void anEnclaveThatIsNotThereIsAskedForAgainUnderTheSameKey(
      String name, ResponseDefinitionBuilder loss) throws IOException {
    creations(loss, okJson(CREATED));
    assertEquals("enc_1", client.createEnclave(request().build()).id());
    assertEquals(2, sent().size());
    assertEquals(mark(sent().get(0)), mark(sent().get(1)));
    assertEquals(
        sent().get(0).getHeader("Idempotency-Key"), sent().get(1).getHeader("Idempotency-Key"));
  }

  @Test
  void aTimeoutIsLookedAfterToo() {
    creations(okJson(CREATED).withFixedDelay(60_000));
    try (TrezaClient impatient = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0x1")
        .attemptTimeout(Duration.ofMillis(500))
        .pacing(pacing)
        .build()) {
      assertThrows(
          TrezaException.Timeout.class, () -> impatient.createEnclave(request().build()));
    }
    assertEquals(3, sent().size());
    assertEquals(3, looks());
  }

  @Test
  void anEnclaveThatNeverComesEndsWithTheLastFailure() {
    creations(aResponse().withStatus(500));
    assertThrows(
        TrezaException.Server.class, () -> client.createEnclave(request().build()));
    assertEquals(3, sent().size());
    assertEquals(List.of(Duration.ofMillis(500), Duration.ofSeconds(1)), pacing.sleeps);
  }

  @ParameterizedTest
  @ValueSource(ints = {307, 400, 401, 402, 403, 404, 409, 422, 501})
  void aRefusalIsNeitherLookedAfterNorRepeated(int status) {
    creations(aResponse().withStatus(status));
    assertThrows(TrezaException.class, () -> client.createEnclave(request().build()));
    assertEquals(1, sent().size());
    assertEquals(0, looks());
  }

  @Test
  void aRateLimitNeedsNoLook() {
    creations(aResponse().withStatus(429), okJson(CREATED));
    client.createEnclave(request().build());
    assertEquals(2, sent().size());
    assertEquals(0, looks());
  }

  @Test
  void aPauseLongerThanTheCallMayTakeIsNotBegun() {
    creations(aResponse().withStatus(503).withHeader("Retry-After", "90"));
    assertThrows(
        TrezaException.Server.class, () -> client.createEnclave(request().build()));
    assertEquals(1, looks());
    assertEquals(List.of(), pacing.sleeps);
  }

  @Test
  void aServerAtWorkOnTheFirstRequestIsAskedOnceMore() {
    creations(aResponse().withStatus(504), aResponse().withStatus(409), okJson(CREATED));
    assertEquals("enc_1", client.createEnclave(request().build()).id());
    assertEquals(3, sent().size());
  }

  @Test
  void twoOfOneKeyAreReported() {
    creations(aResponse().withStatus(504), okJson(CREATED));
    AfterTheSecond.answer(server, record("enc_1", marked(KEY)), record("enc_2", marked(KEY)));
    TrezaException.CreationUnclear unclear = assertThrows(
        TrezaException.CreationUnclear.class,
        () -> client.createEnclave(request().idempotencyKey(KEY).build()));
    assertEquals(
        List.of("enc_1", "enc_2"),
        unclear.candidates().stream().map(Enclave::id).toList());
    assertTrue(unclear.getMessage().contains("enc_2"), unclear.getMessage());
  }

  @Test
  void aListThatShowsOnlyTheFirstOfTwoHidesNoSecond() {
    creations(
        aResponse().withStatus(504), okJson("{\"enclave\":" + record("enc_2", marked(KEY)) + "}"));
    AfterTheSecond.answer(server, record("enc_1", marked(KEY)));
    TrezaException.CreationUnclear unclear = assertThrows(
        TrezaException.CreationUnclear.class,
        () -> client.createEnclave(request().idempotencyKey(KEY).build()));
    assertEquals(
        List.of("enc_1", "enc_2"),
        unclear.candidates().stream().map(Enclave::id).toList());
  }

  @Test
  void whatWasCreatedIsReturnedThoughItCannotBeLooked() {
    creations(aResponse().withStatus(504), okJson(CREATED));
    for (int i = 0; i < 2; i++) {
      server
          .getWireMock()
          .register(get(urlPathEqualTo(PATH))
              .inScenario("looks")
              .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "broken")
              .willSetStateTo("broken")
              .willReturn(i == 0 ? okJson("{\"enclaves\":[]}") : aResponse().withStatus(403)));
    }
    assertEquals("enc_1", client.createEnclave(request().build()).id());
  }

  /** Lists nothing until an enclave was asked for twice. */
  private static final class AfterTheSecond {
    static void answer(WireMockRuntimeInfo server, String... records) {
      String[] states = {Scenario.STARTED, "before the second", "after the second"};
      for (int i = 0; i < states.length; i++) {
        String body = i < 2 ? "" : String.join(",", records);
        server
            .getWireMock()
            .register(get(urlPathEqualTo(PATH))
                .inScenario("looks")
                .whenScenarioStateIs(states[i])
                .willSetStateTo(states[Math.min(i + 1, 2)])
                .willReturn(okJson("{\"enclaves\":[" + body + "]}")));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 500})
  void aListThatCannotBeHadLeavesItUnclear(int status) {
    creations(aResponse().withStatus(502));
    lists(aResponse().withStatus(status));
    TrezaException.CreationUnclear unclear = assertThrows(
        TrezaException.CreationUnclear.class,
        () -> client.createEnclave(request().build()));
    assertEquals(List.of(), unclear.candidates());
    assertEquals(1, sent().size());
    assertInstanceOf(TrezaException.Server.class, unclear.getCause().getSuppressed()[0]);
  }

  @Test
  void aListThatMayBeCutLeavesItUnclear() {
    creations(aResponse().withStatus(502));
    lists(okJson("{\"enclaves\":[],\"filler\":\"" + "x".repeat(1_000_000) + "\"}"));
    assertThrows(
        TrezaException.CreationUnclear.class,
        () -> client.createEnclave(request().build()));
    assertEquals(1, sent().size());
  }

  @Test
  void oneThatIsAlikeWithoutAMarkLeavesItUnclear() {
    creations(aResponse().withStatus(502));
    listed(record("enc_7", ""));
    TrezaException.CreationUnclear unclear = assertThrows(
        TrezaException.CreationUnclear.class,
        () -> client.createEnclave(request().build()));
    assertEquals(
        List.of("enc_7"), unclear.candidates().stream().map(Enclave::id).toList());
    assertInstanceOf(TrezaException.Server.class, unclear.getCause());
    assertEquals(1, sent().size());
  }

  @ParameterizedTest
  @CsvSource({
    "another name, api2, 2026-11-23T04:41:00.000Z, '\"x\":1'",
    "an older one, api, 2026-11-23T04:30:00.000Z, '\"x\":1'",
    "somebody's, api, 2026-11-23T04:41:00.000Z, '\"clientToken\":\"theirs\"'",
    "another image, api, 2026-11-23T04:41:00.000Z, '\"dockerImage\":\"myorg/api:2\"'",
  })
  void oneThatIsSurelyAnotherIsPassedOver(
      String why, String name, String createdAt, String setting) {
    creations(aResponse().withStatus(502), okJson(CREATED));
    listed(record("enc_7", name, createdAt, setting));
    assertEquals("enc_1", client.createEnclave(request().build()).id());
    assertEquals(2, sent().size());
  }

  @Test
  void aKeyThatWasUsedBeforeFindsWhatWasMadeThen() {
    creations(aResponse().withStatus(500));
    listed(record("enc_1", marked(KEY)));
    assertEquals(
        "enc_1", client.createEnclave(request().idempotencyKey(KEY).build()).id());
    assertEquals(0, sent().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\nb", "ü"})
  void aKeyThatCannotTravelIsRefused(String key) {
    CreateEnclaveRequest.Builder builder = request().idempotencyKey(key);
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void aPrivateRegistryAndARepositoryAreSent() throws IOException {
    creations(okJson(CREATED));
    client.createEnclave(request()
        .sourceType("private-registry")
        .privateRegistry(new PrivateRegistry("https://r.example", "me", new Secret("pass-1")))
        .githubConnection(new GitHubConnection(
            true,
            Optional.of("u"),
            Optional.of("u/r"),
            Optional.of("main"),
            Optional.of(new Secret("gho-1"))))
        .build());
    String body = sent().get(0).getBodyAsString();
    assertTrue(body.contains("\"sourceType\":\"private-registry\""), body);
    assertTrue(body.contains("\"privateRegistryUrl\":\"https://r.example\""), body);
    assertTrue(body.contains("\"privateRegistryPassword\":\"pass-1\""), body);
    assertTrue(body.contains("\"accessToken\":\"gho-1\""), body);
  }
}
