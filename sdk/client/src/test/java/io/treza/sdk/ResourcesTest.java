package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Providers, tasks, API keys, logs and what the platform passes on: what is sent and read. */
@WireMockTest
class ResourcesTest {
  private static final String TASK = "task_1795408854808_6udoprgt8";
  private static final String KEY = "key_1795408855468_3anh29pux";
  private static final String KEY_TEXT = "treza_live_acd7af4901afb7cb951ca6a0051e59f4";

  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .walletAddress(Recording.WALLET)
        .apiKey("treza_live_mine")
        .retries(RetryPolicy.NONE)
        .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private void everythingAnswers(String json) {
    server.getWireMock().register(any(anyUrl()).willReturn(okJson(json)));
  }

  private LoggedRequest asked() {
    return server.getWireMock().getServeEvents().get(0).getRequest();
  }

  @Test
  void aProviderSaysWhatItTakes() throws IOException {
    Recording.named("provider").replay(server);
    Provider provider = client.getProvider("aws-nitro");
    assertEquals("AWS Nitro Enclaves", provider.name());
    assertEquals(6, provider.regions().size());
    assertEquals(
        List.of(
            "dockerImage",
            "cpuCount",
            "memoryMiB",
            "instanceType",
            "enableDebug",
            "environmentVariables"),
        List.copyOf(provider.configSchema().keySet()));
    assertEquals(
        new ProviderSetting(
            "select",
            true,
            List.of("2", "4", "8", "16"),
            Optional.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty()),
        provider.configSchema().get("cpuCount"));
    assertTrue(
        provider.configSchema().get("dockerImage").pattern().orElseThrow().startsWith("^["));
  }

  @Test
  void allProvidersAreListed() throws IOException {
    Recording.named("providers").replay(server);
    assertEquals(
        List.of("aws-nitro"), client.getProviders().stream().map(Provider::id).toList());
  }

  @Test
  void aProviderThatIsUnknownIsNotFound() throws IOException {
    Recording.named("provider-unknown").replay(server);
    assertThrows(TrezaException.NotFound.class, () -> client.getProvider("azure"));
  }

  @Test
  void tasksAreCreatedListedChangedAndDeletedAsRecorded() throws IOException {
    Recording.named("task-create").replay(server);
    Recording.named("task-list").replay(server);
    Recording.named("task-put-both").replay(server);
    Recording.named("task-delete").replay(server);
    Task created = client.createTask(CreateTaskRequest.builder("enc_x")
        .name("t")
        .description("d")
        .schedule("0 * * * *")
        .build());
    Instant then = Instant.parse("2026-11-23T04:40:54.808Z");
    assertEquals(
        new Task(
            TASK,
            "t",
            TaskStatus.PENDING,
            Optional.of("d"),
            Optional.of("enc_x"),
            Optional.of("0 * * * *"),
            Optional.of(Recording.WALLET),
            Optional.of(then),
            Optional.of(then),
            Optional.empty()),
        created);
    assertEquals(List.of(created), client.getTasks());
    Task changed = client.updateTask(
        UpdateTaskRequest.builder(created).name("t2").status(TaskStatus.RUNNING).build());
    assertEquals(Optional.of(Instant.parse("2026-11-23T04:40:54.951Z")), changed.lastRun());
    client.deleteTask(TASK);
  }

  @Test
  void tasksAreFilteredByEnclave() {
    everythingAnswers("{\"tasks\":[]}");
    assertEquals(List.of(), client.getTasks("enc_x"));
    assertEquals(
        "/api/tasks?wallet=" + Recording.WALLET + "&enclave=enc_x", asked().getUrl());
  }

  @Test
  void aChangeOfOnePartOfATaskSendsWhatTheServerWantsBeside() throws IOException {
    Recording.named("task-list").replay(server);
    Task task = client.getTasks().get(0);
    everythingAnswers("{\"task\":{\"id\":\"t\",\"name\":\"t\",\"status\":\"pending\"}}");
    client.updateTask(UpdateTaskRequest.builder(task).schedule("@daily").build());
    assertEquals(
        "{\"id\":\"" + TASK + "\",\"walletAddress\":\"" + Recording.WALLET
            + "\",\"name\":\"t\",\"status\":\"pending\",\"schedule\":\"@daily\"}",
        asked().getBodyAsString());
  }

  @Test
  void apiKeysAreCreatedListedChangedAndDeletedAsRecorded() throws IOException {
    Recording.named("key-create").replay(server);
    Recording.named("key-list").replay(server);
    Recording.named("key-put-both").replay(server);
    Recording.named("key-delete").replay(server);
    ApiKey created =
        client.createApiKey(new CreateApiKeyRequest("k", List.of(Permission.ENCLAVES_READ)));
    assertEquals(Optional.of(new Secret(KEY_TEXT)), created.key());
    assertEquals(ApiKeyStatus.ACTIVE, created.status());
    assertEquals(List.of(Permission.ENCLAVES_READ), created.permissions());
    List<ApiKey> listed = client.getApiKeys();
    assertEquals(List.of(created), listed);
    assertFalse(listed.toString().contains(KEY_TEXT), listed.toString());
    ApiKey changed = client.updateApiKey(UpdateApiKeyRequest.builder(created)
        .name("k2")
        .status(ApiKeyStatus.INACTIVE)
        .build());
    assertEquals(ApiKeyStatus.INACTIVE, changed.status());
    client.deleteApiKey(KEY);
  }

  @Test
  void aScopeTheServerDoesNotKnowIsABadRequest() throws IOException {
    Recording.named("key-create-bad-scope").replay(server);
    TrezaException failure = assertThrows(
        TrezaException.BadRequest.class,
        () -> client.createApiKey(
            new CreateApiKeyRequest("k", List.of(Permission.REDACT_RUN, new Permission("x")))));
    assertEquals("Invalid permissions: redact:run, x", failure.serverText());
  }

  @Test
  void newScopesOfAKeyAreSent() {
    everythingAnswers("{\"apiKey\":{\"id\":\"k\",\"name\":\"k\",\"status\":\"active\"}}");
    client.updateApiKey(new UpdateApiKeyRequest(
        "k", "k", ApiKeyStatus.ACTIVE, Optional.of(List.of(Permission.LOGS_READ))));
    assertTrue(asked().getBodyAsString().contains("\"permissions\":[\"logs:read\"]"));
  }

  @Test
  void anEnclaveIsChangedAsRecorded() throws IOException {
    Recording.named("put").replay(server);
    assertEquals(
        Optional.of("new text"),
        client
            .updateEnclave(UpdateEnclaveRequest.builder(Recording.ENCLAVE)
                .description("new text")
                .build())
            .description());
  }

  @Test
  void aChangeToNothingIsRefused() {
    UpdateEnclaveRequest.Builder builder = UpdateEnclaveRequest.builder("e");
    assertThrows(IllegalArgumentException.class, builder::build);
    assertThrows(IllegalArgumentException.class, () -> builder.description(""));
  }

  @Test
  void aChangeOfAllIsSent() {
    everythingAnswers("{\"enclave\":{\"id\":\"e\",\"status\":\"PAUSED\"}}");
    client.updateEnclave(UpdateEnclaveRequest.builder("e")
        .name("n")
        .region("us-west-2")
        .providerId("aws-nitro")
        .providerConfig(Map.of("cpuCount", "4"))
        .sourceType("registry")
        .githubConnection(new GitHubConnection(
            false, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()))
        .build());
    assertEquals(
        "{\"id\":\"e\",\"walletAddress\":\"" + Recording.WALLET + "\",\"name\":\"n\","
            + "\"region\":\"us-west-2\",\"providerId\":\"aws-nitro\","
            + "\"providerConfig\":{\"cpuCount\":\"4\"},\"sourceType\":\"registry\","
            + "\"githubConnection\":{\"isConnected\":false}}",
        asked().getBodyAsString());
  }

  @Test
  void anActionOfANewerServerCanBeAskedFor() {
    everythingAnswers("{\"enclave\":{\"id\":\"e\",\"status\":\"HIBERNATING\"}}");
    assertEquals(
        "HIBERNATING",
        client
            .performEnclaveAction("e", new EnclaveAction("hibernate"))
            .status()
            .value());
    assertTrue(asked().getBodyAsString().contains("\"action\":\"hibernate\""));
  }

  @Test
  void aRepositoryOfARecordIsReadWithItsTokenHidden() throws IOException {
    Recording.named("create-github").answerEverything(server);
    Enclave enclave = client.getEnclave("e");
    GitHubConnection from = enclave.githubConnection().orElseThrow();
    assertEquals(Optional.of("u/r"), from.selectedRepo());
    assertEquals(Optional.of(new Secret("gho_example")), from.accessToken());
    assertFalse((enclave + " " + from).contains("gho_example"), from.toString());
  }

  @Test
  void aBuildOfARecordIsRead() {
    everythingAnswers("{\"enclave\":{\"id\":\"e\",\"status\":\"BUILDING\",\"buildId\":\"b\","
        + "\"buildStatus\":\"IN_PROGRESS\",\"buildLogGroup\":\"/g\",\"sourceType\":\"github\"}}");
    Enclave enclave = client.getEnclave("e");
    assertEquals(EnclaveStatus.BUILDING, enclave.status());
    assertEquals(
        Optional.of(new Enclave.Build("b", Optional.of("IN_PROGRESS"), Optional.of("/g"))),
        enclave.build());
    assertEquals(Optional.of("github"), enclave.sourceType());
  }

  @Test
  void logsAreReadAsRecorded() throws IOException {
    Recording.named("deployed-logs").answerEverything(server);
    EnclaveLogs logs = client.getEnclaveLogs(Recording.ENCLAVE);
    assertEquals(
        "/api/enclaves/" + Recording.ENCLAVE + "/logs?type=all&limit=100",
        asked().getUrl());
    assertEquals(EnclaveStatus.DEPLOYED, logs.status());
    assertEquals(5, logs.logs().size());
    assertEquals(List.of(), logs.of(LogType.APPLICATION));
    assertEquals(List.of(), logs.of(new LogType("not there")));
  }

  @Test
  void aLineIsReadWithAllItHas() {
    everythingAnswers("{\"enclave_id\":\"e\",\"enclave_status\":\"X\",\"logs\":{\"lambda\":[{"
        + "\"timestamp\":1795408843757,\"message\":\"m\",\"source\":\"s\",\"stream\":\"st\","
        + "\"type\":\"t\",\"logGroup\":\"g\",\"function\":\"f\",\"execution\":\"x\","
        + "\"stateMachine\":\"sm\",\"isPCR\":false},{\"message\":7}]}}");
    List<LogEntry> lines = client.getEnclaveLogs("e", LogType.LAMBDA, 2).of(LogType.LAMBDA);
    assertEquals(
        new LogEntry(
            Optional.of(Instant.ofEpochMilli(1795408843757L)),
            "m",
            Optional.of("s"),
            Optional.of("st"),
            Optional.of("t"),
            Optional.of("g"),
            Optional.of("f"),
            Optional.of("x"),
            Optional.of("sm")),
        lines.get(0));
    assertEquals("", lines.get(1).message());
    assertThrows(IllegalArgumentException.class, () -> client.getEnclaveLogs("e", LogType.ALL, 0));
  }

  @Test
  void registersAreReadAsClaims() throws IOException {
    Recording.named("deployed-pcrs").replay(server);
    assertEquals(Map.of(), client.getPcrs(Recording.ENCLAVE));
    everythingAnswers("{\"pcrs\":{\"pcr0\":\"AB\",\"pcr8\":\"cd\",\"other\":\"x\"}}");
    assertEquals("{0=ab, 8=cd}", client.getPcrs("e").toString());
  }

  @Test
  void theFullVerdictIsReadAsAClaim() throws IOException {
    Recording.named("deployed-verify").replay(server);
    VerdictClaim verdict = client.requestVerdict(
        Recording.ENCLAVE,
        new VerdictRequest(Optional.of("n"), Optional.empty(), Optional.of("garbage")));
    assertTrue(verdict.claimedValid());
    assertEquals(Optional.of("HIGH"), verdict.trustLevel());
    assertEquals(true, verdict.details().get("nonceMatches"));
    assertEquals(false, verdict.complianceChecks().get("soc2"));
    assertEquals(OptionalInt.of(5), verdict.riskScore());
    assertEquals(4, verdict.recommendations().size());
    assertEquals(Optional.of(Instant.parse("2026-11-23T04:40:46.959Z")), verdict.verifiedAt());
  }

  @Test
  void aVerdictIsAskedForWithABody() {
    everythingAnswers("{\"isValid\":true}");
    client.requestVerdict("e", VerdictRequest.EMPTY);
    assertEquals("{}", asked().getBodyAsString());
    client.requestVerdict(
        "e", new VerdictRequest(Optional.empty(), Optional.of("c"), Optional.empty()));
    assertEquals("{\"challenge\":\"c\"}", asked().getBodyAsString());
  }

  @Test
  void gitHubIsPassedOn() {
    everythingAnswers("{\"authUrl\":\"https://github.com/x\",\"state\":\"s\"}");
    assertEquals(
        new GitHub.Authorization("https://github.com/x", Optional.of("s")),
        client.getGitHubAuthUrl("s"));
    assertEquals("/api/github/auth?state=s", asked().getUrl());

    everythingAnswers("{\"access_token\":\"gho_1\",\"user\":{\"id\":7,\"login\":\"l\","
        + "\"name\":null,\"avatar_url\":\"a\"}}");
    GitHub.Token token = client.exchangeGitHubCode("code-1", "s");
    assertEquals(
        new GitHub.User(OptionalLong.of(7), Optional.of("l"), Optional.empty(), Optional.of("a")),
        token.user());
    assertFalse(token.toString().contains("gho_1"), token.toString());
    assertTrue(asked().getBodyAsString().contains("\"code\":\"code-1\""));

    everythingAnswers("{\"repositories\":[{\"id\":1,\"fullName\":\"o/n\",\"private\":true,"
        + "\"defaultBranch\":\"main\",\"updatedAt\":\"2026-11-23T04:40:46Z\"}]}");
    GitHub.Repository repository =
        client.getGitHubRepositories(token.accessToken()).get(0);
    assertTrue(repository.isPrivate());
    assertEquals("o/n", repository.fullName());
    assertEquals("/api/github/repositories?token=gho_1", asked().getUrl());

    everythingAnswers("{\"branches\":[{\"name\":\"main\",\"commit\":{\"sha\":\"abc\"}}]}");
    assertEquals(
        List.of(new GitHub.Branch("main", Optional.of("abc"))),
        client.getRepositoryBranches(token.accessToken(), "o/n"));
    assertTrue(asked().getBodyAsString().contains("\"repository\":\"o/n\""));
  }

  @Test
  void dockerHubIsPassedOn() {
    everythingAnswers("{\"count\":1,\"results\":[{\"name\":\"nginx\",\"description\":\"d\","
        + "\"stars\":5,\"official\":true,\"automated\":false,\"owner\":null}]}");
    assertEquals(
        List.of(new DockerHub.Image(
            "nginx", Optional.of("d"), OptionalLong.of(5), true, false, Optional.empty())),
        client.searchDockerImages("ng inx"));
    assertEquals("/api/docker/search?q=ng%20inx", asked().getUrl());
    everythingAnswers("{\"tags\":[{\"name\":\"1\",\"size\":5000000000,"
        + "\"lastUpdated\":\"2026-11-23T04:40:46Z\",\"digest\":\"sha256:a\"}]}");
    assertEquals(
        List.of(new DockerHub.Tag(
            "1",
            OptionalLong.of(5_000_000_000L),
            Optional.of(Instant.parse("2026-11-23T04:40:46Z")),
            Optional.of("sha256:a"))),
        client.getDockerTags("library/nginx"));
    assertEquals("/api/docker/search?repo=library%2Fnginx", asked().getUrl());
  }

  @Test
  void redactionIsPassedOn() {
    everythingAnswers("{\"redacted\":\"I am [NAME_1]\",\"entities\":[{\"type\":\"NAME\","
        + "\"placeholder\":\"[NAME_1]\",\"start\":5,\"end\":9}],\"requestId\":\"r\","
        + "\"mode\":\"tee\",\"modelVersion\":\"1\",\"recognizerVersion\":\"2\"}");
    Redaction.Text text = client.redactText("I am Anna");
    assertEquals("I am [NAME_1]", text.redacted());
    assertEquals(
        List.of(new Redaction.Entity(
            Optional.of("NAME"), Optional.of("[NAME_1]"), OptionalInt.of(5), OptionalInt.of(9))),
        text.entities());

    everythingAnswers("{\"entries\":[{\"ts\":\"2026-11-23T04:40:46Z\",\"requestId\":\"r\","
        + "\"source\":\"run\",\"entityCountsByType\":{\"NAME\":1}}]}");
    Redaction.LogEntry entry = client
        .getRedactionLog(OptionalInt.of(5), Optional.of(Instant.parse("2026-01-01T00:00:00Z")))
        .get(0);
    assertEquals(Map.of("NAME", 1), entry.entityCountsByType());
    assertEquals(
        "/api/redact/log?limit=5&since=2026-01-01T00%3A00%3A00Z", asked().getUrl());

    everythingAnswers("{\"enclaveId\":\"e\",\"pcr0\":\"AA\",\"attested\":true}");
    Redaction.Claim claim = client.getRedactionAttestation();
    assertTrue(claim.claimedAttested());
    assertEquals("{0=aa}", claim.pcrs().toString());
  }

  @Test
  void aChatIsSentWholeAndItsOriginalsAreHidden() {
    server
        .getWireMock()
        .register(any(anyUrl())
            .willReturn(okJson("{\"choices\":[]}")
                .withHeader("x-treza-request-id", "r-1")
                .withHeader("x-treza-mode", "tee")
                .withHeader("x-treza-rehydration", "{\"[NAME_1]\":\"Anna\"}")));
    Redaction.Chat chat = client.redactChatCompletions(
        Map.of("messages", List.of(Map.of("role", "user", "content", "hi")), "stream", true),
        new Redaction.ChatOptions(
            Optional.of(new Secret("sk-model")), Optional.of("proxy-1"), true));
    assertEquals(Map.of("[NAME_1]", new Secret("Anna")), chat.rehydration());
    assertEquals(Optional.of("r-1"), chat.requestId());
    assertFalse(chat.toString().contains("Anna"), chat.toString());
    assertTrue(asked().getBodyAsString().contains("\"stream\":false"));
    assertEquals("sk-model", asked().getHeader("x-model-key"));
    assertEquals("proxy-1", asked().getHeader("x-treza-proxy"));
    assertEquals("1", asked().getHeader("x-treza-rehydrate"));
  }

  static Stream<Arguments> forAKey() {
    return Stream.of(
        Arguments.of("text", (Consumer<TrezaClient>) c -> c.redactText("x")),
        Arguments.of("attest", (Consumer<TrezaClient>) TrezaClient::getRedactionAttestation),
        Arguments.of("log", (Consumer<TrezaClient>)
            c -> c.getRedactionLog(OptionalInt.empty(), Optional.empty())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forAKey")
  void redactionIsNotAskedWithoutAKey(String name, Consumer<TrezaClient> call) {
    try (TrezaClient keyless = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress("0x1")
        .build()) {
      assertThrows(IllegalStateException.class, () -> call.accept(keyless));
    }
    assertEquals(List.of(), server.getWireMock().getServeEvents());
  }
}
