package io.treza.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** One request to the original server and its answer, as recorded. */
record Recording(String name, JsonNode request, JsonNode response) {
  static final String WALLET = "0x1111111111111111111111111111111111111111";
  static final String ENCLAVE = "enc_1795408843757_xbiwnie9a";

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Recording> all() throws IOException {
    List<Recording> all = new ArrayList<>();
    for (String line : Files.readAllLines(Requirement.shared("treza/recordings.jsonl"))) {
      JsonNode recorded = JSON.readTree(line);
      all.add(new Recording(
          recorded.path("name").textValue(), recorded.path("request"), recorded.path("response")));
    }
    return all;
  }

  static Recording named(String name) throws IOException {
    return all().stream()
        .filter(recording -> recording.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no recording is called " + name));
  }

  @Override
  public String toString() {
    return name;
  }

  /** Answers exactly the recorded request: method, path, query and body. */
  void replay(WireMockRuntimeInfo server) {
    var mapping = WireMock.request(
        request.path("method").textValue(),
        WireMock.urlEqualTo(request.path("path").textValue()));
    if (request.path("body").isObject()) {
      // Every creation carries a mark of its own beside what was recorded.
      boolean marked = name.startsWith("create");
      mapping.withRequestBody(WireMock.equalToJson(request.path("body").toString(), false, marked));
    }
    server.getWireMock().register(mapping.willReturn(answer()));
  }

  /** Gives the recorded answer to any request. */
  void answerEverything(WireMockRuntimeInfo server) {
    server.getWireMock().register(WireMock.any(WireMock.anyUrl()).willReturn(answer()));
  }

  private ResponseDefinitionBuilder answer() {
    JsonNode body = response.path("body");
    var answer = WireMock.aResponse()
        .withStatus(response.path("status").intValue())
        .withBody(body.isTextual() ? body.textValue() : body.toString());
    response
        .path("headers")
        .properties()
        .forEach(header -> answer.withHeader(header.getKey(), header.getValue().textValue()));
    return answer;
  }

  /** How often the server was asked this. */
  static int requests(WireMockRuntimeInfo server, RequestMethod method, String path) {
    return server
        .getWireMock()
        .find(new RequestPatternBuilder(method, WireMock.urlPathEqualTo(path)))
        .size();
  }
}
