package io.treza.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests are judged as the original server judged them, or more strictly for a reason. */
class RequestCheckTest {
  private static final String DIGEST = "@sha256:" + "a".repeat(64);

  /** What the original accepted, or broke on, and fails later. */
  private static final Map<String, String> STRICTER = Map.of(
      "create-config-instance-8xlarge", "the deployment behind the API does not start it",
      "create-config-env-object", "the server breaks with 500");

  private static List<Provider> hosted() throws IOException {
    return providers(Recording.named("providers").response().path("body").toString());
  }

  /** The document that the platform of this project serves. */
  private static List<Provider> own() throws IOException {
    Path file = Path.of("../platform/src/main/resources/io/treza/platform/internal/providers.json");
    return providers("{\"providers\":" + Files.readString(file) + "}");
  }

  private static List<Provider> providers(String json) {
    Http.Answer answer = new Http.Answer(200, Headers.of(), json.getBytes(UTF_8));
    return new Fields("GET /api/providers", answer).list("providers", Provider::read);
  }

  private static Map<String, Object> config(Object... changes) {
    Map<String, Object> config = new LinkedHashMap<>(Map.of(
        "dockerImage", "myorg/hardened-api:v1.2.3",
        "cpuCount", "2",
        "memoryMiB", "1024",
        "instanceType", "m6i.xlarge"));
    for (int i = 0; i < changes.length; i += 2) {
      config.put((String) changes[i], changes[i + 1]);
    }
    return config;
  }

  private static List<RequestProblem> problems(
      List<Provider> providers, Map<String, Object> config) {
    return RequestCheck.problems(
        providers, "aws-nitro", Optional.of("us-east-1"), Optional.of(config));
  }

  private static List<String> paths(List<RequestProblem> problems) {
    return problems.stream().map(RequestProblem::path).toList();
  }

  static List<String> recordedCreates() throws IOException {
    List<String> names = new ArrayList<>();
    for (String line : Files.readAllLines(Requirement.shared("treza/recordings.jsonl"))) {
      JsonNode recorded = new ObjectMapper().readTree(line);
      JsonNode body = recorded.path("request").path("body");
      // Bodies that are no object cannot be sent by this client.
      if (recorded.path("name").textValue().startsWith("create") && body.isObject()) {
        names.add(recorded.path("name").textValue());
      }
    }
    assertTrue(names.size() >= 20, names::toString);
    return names;
  }

  @ParameterizedTest
  @MethodSource("recordedCreates")
  void eachRecordedRequestIsJudgedAsItWas(String name) throws IOException {
    Recording recorded = Recording.named(name);
    boolean accepted = recorded.response().path("status").intValue() == 201;
    boolean expected = accepted && !STRICTER.containsKey(name);
    assertEquals(expected, isSent(recorded.request().path("body")), name);
  }

  private static boolean isSent(JsonNode body) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    body.path("providerConfig")
        .properties()
        .forEach(e -> config.put(e.getKey(), Json.plain(e.getValue())));
    try {
      CreateEnclaveRequest request = CreateEnclaveRequest.builder("app")
          .name(body.path("name").asText(""))
          .description(body.path("description").asText(""))
          .region(body.path("region").asText(""))
          .providerId(body.path("providerId").asText(""))
          .build();
      return RequestCheck.problems(
              hosted(), request.providerId(), Optional.of(request.region()), Optional.of(config))
          .isEmpty();
    } catch (IllegalArgumentException e) {
      return false; // not even a request
    }
  }

  @Test
  void everythingWrongIsSaidAtOnce() throws IOException {
    List<RequestProblem> problems = RequestCheck.problems(
        hosted(),
        "aws-nitro",
        Optional.of("mars-1"),
        Optional.of(config(
            "dockerImage",
            "",
            "cpuCount",
            "3",
            "memoryMiB",
            1024,
            "instanceType",
            "t3.medium",
            "enableDebug",
            "yes",
            "environmentVariables",
            "{a}")));
    assertEquals(
        List.of(
            "region",
            "providerConfig.dockerImage",
            "providerConfig.cpuCount",
            "providerConfig.memoryMiB",
            "providerConfig.instanceType",
            "providerConfig.enableDebug",
            "providerConfig.environmentVariables",
            "providerConfig.memoryMiB"),
        paths(problems));
  }

  @Test
  void aNumberWhereTextIsDemandedIsToldFromAWrongOne() throws IOException {
    assertEquals(
        "providerConfig.cpuCount must be the text \"2\", not a number (send it as text)",
        problems(hosted(), config("cpuCount", 2)).get(0).toString());
    assertEquals(
        "must be one of 2, 4, 8, 16, but is \"3\"",
        problems(hosted(), config("cpuCount", 3, "memoryMiB", "2048")).get(0).message());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello-world", "nginx:alpine", "ghcr.io/a/b-c_d:1.2", "A.B/c:latest"})
  void imagesThatTheHostedPlatformTakesPass(String image) throws IOException {
    assertEquals(List.of(), problems(hosted(), config("dockerImage", image)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a:b:c", "http://a/b", "a\n", "a\u0000", "ä", "a:"})
  void imagesThatAreNoneAreRefused(String image) throws IOException {
    assertEquals(
        List.of("providerConfig.dockerImage"),
        paths(problems(hosted(), config("dockerImage", image))));
  }

  @Test
  void aPinByDigestIsRefusedWhereTheSchemaDoesAndTheConflictIsNamed() throws IOException {
    List<RequestProblem> problems = problems(hosted(), config("dockerImage", "a/b" + DIGEST));
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).message().contains("hardening checklist"), problems::toString);
    assertEquals(List.of(), problems(own(), config("dockerImage", "a/b" + DIGEST)));
  }

  @Test
  void aRegistryPortIsRefusedWhereTheSchemaDoes() throws IOException {
    List<RequestProblem> problems =
        problems(hosted(), config("dockerImage", "localhost:5000/a:b" + DIGEST));
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(problems.get(1).message().contains("port"), problems::toString);
    assertEquals(List.of(), problems(own(), config("dockerImage", "localhost:5000/a:b" + DIGEST)));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 1024, m6i.xlarge, ''",
    "4, 2048, m6i.2xlarge, ''",
    "8, 4096, m6i.4xlarge, ''",
    "8, 16384, c6i.4xlarge, ''",
    // the deployment plane's own list of instances is shorter
    "2, 1024, m6i.8xlarge, instanceType",
    // the parent instance keeps a core
    "4, 2048, m6i.xlarge, cpuCount",
    "8, 4096, c6i.2xlarge, cpuCount",
    "16, 8192, m6i.4xlarge, cpuCount",
    // and some memory
    "2, 8192, c6i.xlarge, memoryMiB",
    "2, 16384, m6i.xlarge, memoryMiB",
    "2, 4096, c6i.xlarge, ''",
    // and each vCPU wants 512 MiB
    "8, 2048, m6i.4xlarge, memoryMiB",
  })
  void whatTheDeploymentCannotDoIsRefused(String vcpus, String memory, String type, String wrong)
      throws IOException {
    Map<String, Object> config =
        config("cpuCount", vcpus, "memoryMiB", memory, "instanceType", type);
    assertEquals(
        wrong.isEmpty() ? List.of() : List.of("providerConfig." + wrong),
        paths(problems(hosted(), config)));
  }

  @Test
  void limitsOfTheHostedDeploymentAreNotThoseOfOthers() throws IOException {
    assertEquals(List.of(), problems(own(), config("instanceType", "m6i.8xlarge")));
    assertEquals(List.of(), problems(own(), config("cpuCount", "4", "memoryMiB", "2048")));
    assertEquals(
        List.of("providerConfig.memoryMiB"),
        paths(problems(own(), config("cpuCount", "4", "memoryMiB", "1024"))));
  }

  @Test
  void everyMachineOfTheTableIsOneThatTheApiOffers() throws IOException {
    for (String type : hosted().get(0).configSchema().get("instanceType").options()) {
      assertTrue(DeployerLimits.machine(type).isPresent(), type);
    }
    assertTrue(DeployerLimits.machine("t3.medium").isEmpty());
  }

  @Test
  void variablesAreTextThatIsAnObject() throws IOException {
    for (Object good : List.of("", "  ", "{}", " {\"A\": \"b\"}\n", "{\n  \"A\": \"b\"\n}")) {
      assertEquals(List.of(), problems(hosted(), config("environmentVariables", good)));
    }
    for (Object bad : List.of("[]", "1", "{a}", "{\"A\":", Map.of("A", "b"), true)) {
      List<RequestProblem> problems = problems(hosted(), config("environmentVariables", bad));
      assertEquals(List.of("providerConfig.environmentVariables"), paths(problems), bad::toString);
    }
  }

  @Test
  void noValueThatMayBeSecretIsRepeated() throws IOException {
    List<RequestProblem> problems =
        problems(hosted(), config("environmentVariables", "{\"PASSWORD\": hunter2"));
    assertFalse(problems.toString().contains("hunter2"), problems::toString);
  }

  @Test
  void settingsThatTheSchemaDoesNotNamePass() throws IOException {
    assertEquals(List.of(), problems(hosted(), config("compliance", List.of("SOC2"), "foo", 1)));
  }

  @Test
  void anUnknownProviderIsToldFromTheKnownOnes() throws IOException {
    List<RequestProblem> problems =
        RequestCheck.problems(hosted(), "aws-nitro-enclave", Optional.empty(), Optional.empty());
    assertEquals(
        "providerId must name a provider of this platform, but is \"aws-nitro-enclave\" (it has"
            + " aws-nitro)",
        problems.get(0).toString());
  }

  @Test
  void aProviderThatSaysNothingRefusesNothing() {
    Provider silent = new Provider("p", "", "", List.of(), Map.of());
    assertEquals(
        List.of(),
        RequestCheck.problems(
            List.of(silent), "p", Optional.of("mars-1"), Optional.of(config("cpuCount", 3))));
    assertEquals(
        List.of(),
        RequestCheck.problems(List.of(), "p", Optional.of("mars-1"), Optional.of(Map.of())));
  }

  private static Optional<RequestProblem> number(Object value) {
    ProviderSetting setting = new ProviderSetting(
        "number", false, List.of(), Optional.empty(), OptionalDouble.of(5), OptionalDouble.of(300));
    return new SettingCheck("n", setting).problem(Optional.of(value));
  }

  @Test
  void numbersAreBounded() {
    for (Object good : List.of(5, 300, 5L, 30.5)) {
      assertEquals(Optional.empty(), number(good));
    }
    for (Object bad : List.of(4, 301, "30", Double.NaN, true)) {
      assertTrue(number(bad).isPresent(), bad::toString);
    }
  }

  @Test
  void aTypeOfANewerServerIsLeftToIt() {
    ProviderSetting setting = new ProviderSetting(
        "matrix",
        true,
        List.of("a"),
        Optional.of("b"),
        OptionalDouble.empty(),
        OptionalDouble.empty());
    assertEquals(
        Optional.empty(), new SettingCheck("n", setting).problem(Optional.of(List.of("c"))));
    assertTrue(new SettingCheck("n", setting).problem(Optional.of(" ")).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"^(a+)+\\1b$", "[a", "(?<n>x)(?<n>y)"})
  void aPatternThatIsNoneOrTakesForEverRefusesNothing(String pattern) {
    assertFalse(SchemaPattern.refuses(pattern, "a".repeat(60) + "!", false));
  }

  @Test
  void aPatternIsSearchedAsEcmaScriptDoes() {
    assertFalse(SchemaPattern.refuses("b", "abc", false));
    assertTrue(SchemaPattern.refuses("^b$", "abc", false));
    assertTrue(SchemaPattern.refuses("a.c", "a\nc", false));
    assertFalse(SchemaPattern.refuses("a.c", "a\nc", true));
    assertFalse(SchemaPattern.refuses("^b$", "a".repeat(5000), false));
  }
}
