package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What crosses the network, and what must not: addresses, credentials, retries, sizes. */
@WireMockTest
class WireTest {
  private static final String KEY = "treza_live_0123456789abcdef";
  private static final String ENCLAVE = "{\"enclave\":{\"id\":\"e\",\"status\":\"NEW_WORD\"}}";

  private WireMockRuntimeInfo server;
  private TrezaClient client;

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .walletAddress("0x1")
        .apiKey(KEY)
        .pacing(new FakePacing())
        .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private void everythingAnswers(ResponseDefinitionBuilder answer) {
    server.getWireMock().register(any(anyUrl()).willReturn(answer));
  }

  @Test
  void everyRequestCarriesWalletAndKey() {
    everythingAnswers(okJson(ENCLAVE));
    client.getEnclave("e");
    server
        .getWireMock()
        .verifyThat(getRequestedFor(urlEqualTo("/api/enclaves/e"))
            .withHeader("Authorization", equalTo("Bearer " + KEY))
            .withHeader("x-treza-wallet", equalTo("0x1")));
  }

  @Test
  void anUnknownStatusIsKept() {
    everythingAnswers(okJson(ENCLAVE));
    assertEquals(new EnclaveStatus("NEW_WORD"), client.getEnclave("e").status());
  }

  @ParameterizedTest
  @CsvSource({
    "a/b, /api/enclaves/a%2Fb",
    "a?b=c, /api/enclaves/a%3Fb=c",
    "%2e%2e, /api/enclaves/%252e%252e",
    "a#b, /api/enclaves/a%23b",
  })
  void anIdIsOnePathSegment(String id, String path) {
    everythingAnswers(okJson(ENCLAVE));
    client.getEnclave(id);
    server.getWireMock().verifyThat(getRequestedFor(urlEqualTo(path)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", ".."})
  void anIdThatWouldNameAnotherPathIsRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> client.getEnclave(id));
  }

  @Test
  void aPathInTheBaseUrlIsKept() {
    everythingAnswers(okJson(ENCLAVE));
    try (TrezaClient below = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl() + "/treza/"))
        .build()) {
      below.getEnclave("e");
    }
    server.getWireMock().verifyThat(getRequestedFor(urlEqualTo("/treza/api/enclaves/e")));
  }

  @Test
  void theKeyIsInNoTextOfTheClientsOrOfItsFailures() {
    everythingAnswers(aResponse().withStatus(401).withBody("{\"error\":\"who?\"}"));
    TrezaException failure =
        assertThrows(TrezaException.Unauthorised.class, () -> client.getEnclave("e"));
    assertFalse((client + " " + failure).contains(KEY), failure.toString());
    IllegalArgumentException refused = assertThrows(
        IllegalArgumentException.class, () -> TrezaClient.builder().apiKey(KEY + "\n"));
    assertFalse(refused.toString().contains(KEY), refused.toString());
  }

  @Test
  void theKeyDoesNotCrossANetworkInTheClear() {
    TrezaClientBuilder builder =
        TrezaClient.builder().baseUrl(URI.create("http://platform.example")).apiKey(KEY);
    String message =
        assertThrows(IllegalArgumentException.class, builder::build).toString();
    assertTrue(message.contains("https"), message);
    TrezaClient.builder().baseUrl(URI.create("http://platform.example")).build().close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://a",
        "relative",
        "mailto:a@b",
        "http://user:pass@host",
        "http://host/#f",
        "http://host/?a=b"
      })
  void aBaseUrlThatIsNoneIsRefused(String url) {
    TrezaClientBuilder builder = TrezaClient.builder().baseUrl(URI.create(url));
    assertThrows(IllegalArgumentException.class, builder::build);
  }

  @Test
  void aCallForAWalletNeedsOne() {
    try (TrezaClient anonymous =
        TrezaClient.builder().baseUrl(URI.create(server.getHttpBaseUrl())).build()) {
      assertThrows(IllegalStateException.class, anonymous::getEnclaves);
    }
  }

  @Test
  void aServerThatDoesNotAnswerInTimeIsATimeout() {
    everythingAnswers(okJson(ENCLAVE).withFixedDelay(60_000));
    try (TrezaClient impatient = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .attemptTimeout(Duration.ofMillis(50))
        .retries(RetryPolicy.NONE)
        .build()) {
      assertThrows(TrezaException.Timeout.class, () -> impatient.getEnclave("e"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "402 | PaymentRequired",
        "409 | Conflict",
        "412 | Conflict",
        "418 | UnexpectedAnswer",
        "422 | BadRequest",
        "503 | Server",
      })
  void eachStatusHasItsType(int status, String type) {
    everythingAnswers(aResponse().withStatus(status));
    TrezaException failure = assertThrows(TrezaException.class, () -> client.getEnclave("e"));
    assertEquals(type, failure.getClass().getSimpleName());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not json",
        "[]",
        "{}",
        "{\"enclave\":{}}",
        "{\"enclave\":{\"id\":1,\"status\":\"X\"}}"
      })
  void anAnswerWithoutAnEnclaveIsUnexpected(String body) {
    everythingAnswers(okJson(body));
    assertThrows(TrezaException.UnexpectedAnswer.class, () -> client.getEnclave("e"));
  }

  @Test
  void aServersTextCannotForgeALineOfALog() {
    everythingAnswers(aResponse().withStatus(404).withBody("{\"error\":\"a\\r\\nERROR b\"}"));
    TrezaException failure =
        assertThrows(TrezaException.NotFound.class, () -> client.getEnclave("e"));
    assertEquals("a ERROR b", failure.serverText());
    assertEquals(1, failure.toString().lines().count());
  }

  @Test
  void claimedRegistersAreReadInEverySpelling() {
    everythingAnswers(okJson("{\"attestationDocument\":{\"pcrs\":"
        + "{\"0\":\"AA\",\"PCR1\":\"0xBB\",\"pcr8\":\"cc\",\"x\":\"dd\",\"32\":\"ee\"}}}"));
    assertEquals("{0=aa, 1=bb, 8=cc}", client.getAttestation("e").pcrs().toString());
  }
}
