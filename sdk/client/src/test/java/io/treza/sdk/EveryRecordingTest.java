package io.treza.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.OptionalInt;
import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each recorded answer of the original server comes back as what it is: a success with its body, or
 * a failure with its status, its words and the type these two make.
 */
@WireMockTest
class EveryRecordingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Recording> recordings() throws IOException {
    return Recording.all();
  }

  private static ApiRequest asked(WireMockRuntimeInfo server, Recording recording) {
    HttpUrl url =
        HttpUrl.get(server.getHttpBaseUrl() + recording.request().path("path").textValue());
    String method = recording.request().path("method").textValue();
    ApiRequest request = ApiRequest.of(
        method, "/{s}".repeat(url.pathSize()), url.pathSegments().toArray(String[]::new));
    for (String name : url.queryParameterNames()) {
      request = request.query(name, url.queryParameter(name));
    }
    JsonNode body = recording.request().path("body");
    return body.isNull() ? request : request.body(body);
  }

  /** From the facts about the server, not from the client. */
  private static String type(int status, String error) {
    boolean aboutState = error.startsWith("Can only ")
        || error.startsWith("Attestation only available for deployed");
    return switch (status) {
      case 400 -> aboutState ? "WrongState" : "BadRequest";
      case 403 -> "Unauthorised";
      case 404 -> "NotFound";
      case 405 -> "UnexpectedAnswer";
      case 500 -> "Server";
      default -> throw new IllegalArgumentException("nothing is recorded with " + status);
    };
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void isReadAsWhatItIs(Recording recording, WireMockRuntimeInfo server) throws IOException {
    recording.answerEverything(server);
    int status = recording.response().path("status").intValue();
    JsonNode body = recording.response().path("body");
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .walletAddress(Recording.WALLET)
        .retries(RetryPolicy.NONE)
        .build()) {
      ApiRequest request = asked(server, recording);
      if (status < 300) {
        ApiAnswer answer = client.request(request);
        assertEquals(status, answer.status());
        assertEquals(body, JSON.valueToTree(answer.json()));
      } else {
        TrezaException failure = assertThrows(TrezaException.class, () -> client.request(request));
        String error = body.path("error").asText();
        assertEquals(type(status, error), failure.getClass().getSimpleName());
        assertEquals(OptionalInt.of(status), failure.httpStatus());
        assertEquals(error, failure.serverText());
        assertFalse(failure.toString().contains("<html"), failure.toString());
        assertEquals(1, failure.toString().lines().count());
      }
    }
    assertTrue(server
        .getWireMock()
        .getServeEvents()
        .get(0)
        .getRequest()
        .getUrl()
        .startsWith(recording.request().path("path").textValue().split("[?]", 2)[0]));
  }
}
