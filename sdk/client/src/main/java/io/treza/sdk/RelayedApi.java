package io.treza.sdk;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The routes by which the platform passes on what others do: GitHub, Docker Hub, redaction. */
final class RelayedApi {
  private static final String GITHUB_AUTH = "/api/github/auth";
  private static final String GITHUB_REPOSITORIES = "/api/github/repositories";
  private static final String DOCKER_SEARCH = "/api/docker/search";

  private final Rest rest;

  RelayedApi(Rest rest) {
    this.rest = rest;
  }

  GitHub.Authorization gitHubAuthorization(String state) {
    return GitHub.Authorization.read(rest.send(ApiRequest.get(GITHUB_AUTH).query("state", state)));
  }

  GitHub.Token gitHubToken(String code, String state) {
    return GitHub.Token.read(rest.confidential()
        .send(ApiRequest.post(GITHUB_AUTH).body(Map.of("code", code, "state", state))));
  }

  List<GitHub.Repository> gitHubRepositories(Secret accessToken) {
    return rest.confidential()
        .send(ApiRequest.get(GITHUB_REPOSITORIES).query("token", accessToken.value()))
        .list("repositories", GitHub.Repository::read);
  }

  List<GitHub.Branch> gitHubBranches(Secret accessToken, String repository) {
    return rest.confidential()
        .send(ApiRequest.post(GITHUB_REPOSITORIES)
            .body(Map.of("accessToken", accessToken.value(), "repository", repository))
            .repeatable())
        .list("branches", GitHub.Branch::read);
  }

  List<DockerHub.Image> dockerImages(String query) {
    return rest.send(ApiRequest.get(DOCKER_SEARCH).query("q", query))
        .list("results", DockerHub.Image::read);
  }

  List<DockerHub.Tag> dockerTags(String repository) {
    return rest.send(ApiRequest.get(DOCKER_SEARCH).query("repo", repository))
        .list("tags", DockerHub.Tag::read);
  }

  Redaction.Text redact(String text) {
    return Redaction.Text.read(
        sendWithKey(ApiRequest.post("/api/redact/run").body(Map.of("text", text))));
  }

  Redaction.Chat chat(Map<String, Object> request, Redaction.ChatOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(request);
    // One answer, not a stream of pieces.
    body.put("stream", false);
    ApiRequest call = ApiRequest.post("/api/redact/chat/completions").body(body);
    call = call.header("x-treza-rehydrate", options.rehydrate() ? "1" : "0");
    if (options.modelKey().isPresent()) {
      call = call.header("x-model-key", options.modelKey().get().value());
    }
    if (options.proxyId().isPresent()) {
      call = call.header("x-treza-proxy", options.proxyId().get());
    }
    Fields data = sendWithKey(call);
    Http.Answer answer = data.answer();
    Map<String, Secret> rehydration = new LinkedHashMap<>();
    answer
        .header("x-treza-rehydration")
        .map(Json::texts)
        .orElse(Map.of())
        .forEach((placeholder, original) -> rehydration.put(placeholder, new Secret(original)));
    return new Redaction.Chat(
        data.map(),
        answer.header("x-treza-request-id"),
        answer.header("x-treza-mode"),
        rehydration);
  }

  List<Redaction.LogEntry> redactionLog(OptionalInt limit, Optional<Instant> since) {
    ApiRequest request = ApiRequest.get("/api/redact/log");
    if (limit.isPresent()) {
      request = request.query("limit", Integer.toString(limit.getAsInt()));
    }
    if (since.isPresent()) {
      request = request.query("since", since.get().toString());
    }
    return sendWithKey(request).list("entries", Redaction.LogEntry::read);
  }

  Redaction.Claim redactionClaim() {
    return Redaction.Claim.read(sendWithKey(ApiRequest.get("/api/redact/attest")));
  }

  /** Redaction takes texts with personal data; it is not asked without a key, and so in the clear. */
  private Fields sendWithKey(ApiRequest request) {
    Credentials as = rest.credentials();
    if (as.bearerToken().isEmpty()) {
      throw new IllegalStateException("redaction needs an API key; build the client with apiKey");
    }
    return rest.send(request, as);
  }
}
