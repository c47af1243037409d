package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the client does about requests that the recorded platform is known to refuse. */
@WireMockTest
class ValidatedRequestsTest {
  private static final String ENCLAVES = "/api/enclaves";

  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) throws IOException {
    server = info;
    client = builder().build();
    Recording.named("providers").replay(info);
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private TrezaClientBuilder builder() {
    return TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress(Recording.WALLET)
        .pacing(new FakePacing());
  }

  private int sent(RequestMethod method) {
    return Recording.requests(server, method, ENCLAVES);
  }

  private static CreateEnclaveRequest.Builder hardened() {
    return CreateEnclaveRequest.builder("myorg/hardened-api:v1.2.3")
        .name("hardened-service")
        .description("api")
        .region("us-east-1");
  }

  private static List<String> refused(Runnable call) {
    return assertThrows(TrezaException.InvalidRequest.class, call::run).problems().stream()
        .map(RequestProblem::path)
        .toList();
  }

  @Test
  void creationThatWillFailIsNotSent() {
    CreateEnclaveRequest request =
        hardened().cpuCount(3).instanceType("m6i.2xlarge").region("mars-1").build();
    assertEquals(
        List.of("region", "providerConfig.cpuCount", "providerConfig.memoryMiB"),
        refused(() -> client.createEnclave(request)));
    assertEquals(0, sent(RequestMethod.POST));
    assertTrue(assertThrows(TrezaException.class, () -> client.createEnclave(request))
        .httpStatus()
        .isEmpty());
  }

  @Test
  void validationCanBeLeftToThePlatform() throws IOException {
    Recording.named("create-config-cpu-3").answerEverything(server);
    try (TrezaClient trusting = builder().withoutRequestValidation().build()) {
      assertThrows(
          TrezaException.BadRequest.class,
          () -> trusting.createEnclave(hardened().cpuCount(3).build()));
    }
    assertEquals(1, sent(RequestMethod.POST));
    assertEquals(0, Recording.requests(server, RequestMethod.GET, "/api/providers"));
  }

  @Test
  void providersAreAskedForOnceAndSharedWithShorterCalls() throws IOException {
    Recording.named("create").answerEverything(server);
    Recording.named("providers").replay(server);
    client.createEnclave(hardened().build());
    client.withTimeout(Duration.ofSeconds(5)).createEnclave(hardened().build());
    assertEquals(2, sent(RequestMethod.POST));
    assertEquals(1, Recording.requests(server, RequestMethod.GET, "/api/providers"));
  }

  @Test
  void regionAndSettingsOfAnUpdateAreCheckedThoughThePlatformDoesNot() throws IOException {
    Recording.named("get").replay(server);
    assertEquals(
        List.of("region", "providerConfig.dockerImage"),
        refused(() -> client.updateEnclave(UpdateEnclaveRequest.builder(Recording.ENCLAVE)
            .region("mars-1")
            .providerConfig(Map.of(
                "dockerImage", "a b",
                "cpuCount", "2",
                "memoryMiB", "1024",
                "instanceType", "m6i.xlarge"))
            .build())));
    assertEquals(0, sent(RequestMethod.PUT));
  }

  @Test
  void whatIsAskedBeforeAnUpdateTakesOfItsTime() throws IOException {
    FakePacing pacing = new FakePacing();
    Recording.named("get").replay(server);
    UpdateEnclaveRequest move =
        UpdateEnclaveRequest.builder(Recording.ENCLAVE).region("us-east-1").build();
    try (TrezaClient slow = builder()
        .pacing(pacing)
        .callTimeout(Duration.ofSeconds(90))
        .callListener(call -> pacing.sleeps.add(Duration.ofSeconds(60)))
        .build()) {
      assertThrows(TrezaException.Timeout.class, () -> slow.updateEnclave(move));
    }
  }

  @Test
  void anUpdateOfNeitherIsSentAtOnce() throws IOException {
    Recording.named("put").replay(server);
    client.updateEnclave(
        UpdateEnclaveRequest.builder(Recording.ENCLAVE).description("new text").build());
    assertEquals(1, sent(RequestMethod.PUT));
    assertEquals(0, Recording.requests(server, RequestMethod.GET, "/api/providers"));
  }

  @Test
  void anUpdateToAnUnknownProviderIsNotSent() {
    assertEquals(
        List.of("providerId"),
        refused(() -> client.updateEnclave(
            UpdateEnclaveRequest.builder(Recording.ENCLAVE).providerId("azure").build())));
    assertEquals(0, sent(RequestMethod.PUT));
  }
}
