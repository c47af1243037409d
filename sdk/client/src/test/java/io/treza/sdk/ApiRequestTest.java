package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way to routes that have no method. */
@WireMockTest
class ApiRequestTest {
  private WireMockRuntimeInfo server;
  private TrezaClient client;

  /** What a caller may read an answer as. */
  public record Proof(String proofId, boolean isValid) {}

  @BeforeEach
  void connect(WireMockRuntimeInfo info) {
    server = info;
    client = TrezaClient.builder()
        .baseUrl(URI.create(info.getHttpBaseUrl()))
        .walletAddress("0x1")
        .build();
    server
        .getWireMock()
        .register(any(anyUrl())
            .willReturn(okJson("{\"proofId\":\"p\",\"isValid\":true,\"new\":[1,null]}")
                .withHeader("x-extra", "more")));
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private LoggedRequest asked() {
    return server.getWireMock().getServeEvents().get(0).getRequest();
  }

  @Test
  void aRouteIsFilledInAndEncoded() {
    client.request(
        ApiRequest.get("/api/kyc/proof/{id}/verify", "a/../b?c").query("includePrivate", "a&b"));
    assertEquals(
        "/api/kyc/proof/a%2F..%2Fb%3Fc/verify?includePrivate=a%26b", asked().getUrl());
    assertEquals("0x1", asked().getHeader("x-treza-wallet"));
  }

  @Test
  void methodHeadersAndBodyAreSent() {
    client.request(ApiRequest.of("PATCH", "/api/x").header("x-a", "b").body(Map.of("k", 1)));
    assertEquals("PATCH", asked().getMethod().getName());
    assertEquals("b", asked().getHeader("x-a"));
    assertEquals("{\"k\":1}", asked().getBodyAsString());
    assertEquals("application/json", asked().getHeader("Content-Type"));
  }

  @Test
  void aPostMayBeEmpty() {
    client.request(ApiRequest.post("/api/x"));
    assertEquals("", asked().getBodyAsString());
  }

  @Test
  void anAnswerIsReadAsTheCallerAsks() {
    ApiAnswer answer = client.request(ApiRequest.get("/api/x"));
    assertEquals(200, answer.status());
    assertEquals(new Proof("p", true), answer.as(Proof.class));
    assertEquals(Optional.of("more"), answer.header("X-Extra"));
    assertEquals(
        List.of("proofId", "isValid", "new"),
        List.copyOf(((Map<?, ?>) answer.json()).keySet()).stream()
            .map(String::valueOf)
            .toList());
    assertFalse(answer.toString().contains("proofId"), answer.toString());
  }

  @Test
  void anAnswerThatDoesNotFitIsUnexpected() {
    ApiAnswer answer = client.request(ApiRequest.get("/api/x"));
    assertThrows(TrezaException.UnexpectedAnswer.class, () -> answer.as(Integer.class));
    server.getWireMock().register(any(anyUrl()).willReturn(ok("plain")));
    ApiAnswer text = client.request(ApiRequest.get("/api/x"));
    assertEquals("plain", text.text());
    assertThrows(TrezaException.UnexpectedAnswer.class, text::json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "api/x",
        "//other.example/x",
        "/api//x",
        "/api/x?y=z",
        "/api/x#y",
        "/api/../x",
        "/api/./x",
        "/api/%2e%2e/x",
        "https://other.example/api",
        "/api/{id",
        "/api/{}",
        "/api/\\other"
      })
  void aRouteThatMayLeadElsewhereIsRefused(String route) {
    assertThrows(IllegalArgumentException.class, () -> ApiRequest.get(route));
  }

  @Test
  void valuesMustFitTheRoute() {
    assertThrows(IllegalArgumentException.class, () -> ApiRequest.get("/api/{a}/{b}", "1"));
    assertThrows(IllegalArgumentException.class, () -> ApiRequest.get("/api/{a}", "1", "2"));
    assertThrows(IllegalArgumentException.class, () -> ApiRequest.get("/api/{a}", ".."));
    assertThrows(IllegalArgumentException.class, () -> ApiRequest.get("/api/{a}", ""));
  }

  @Test
  void aGetHasNoBody() {
    ApiRequest request = ApiRequest.get("/api/x");
    assertThrows(IllegalArgumentException.class, () -> request.body(Map.of()));
  }

  @Test
  void aBodyMustBeJson() {
    ApiRequest request = ApiRequest.post("/api/x");
    assertThrows(IllegalArgumentException.class, () -> request.body(new Object()));
  }

  @Test
  void aRequestIsNotChangedByWhatIsMadeOfIt() {
    ApiRequest one = ApiRequest.get("/api/x");
    client.request(one.query("a", "1"));
    client.request(one);
    assertEquals("/api/x", asked().getUrl());
    assertEquals("GET /api/x", one.query("a", "1").toString());
  }
}
