package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The routes about API keys. */
final class ApiKeyApi {
  private static final String API_KEYS = "/api/api-keys";

  private final Rest rest;

  ApiKeyApi(Rest rest) {
    this.rest = rest;
  }

  List<ApiKey> list() {
    Credentials as = rest.credentials();
    return rest.send(Rest.withWallet(ApiRequest.get(API_KEYS), as), as)
        .list("apiKeys", ApiKey::read);
  }

  ApiKey create(CreateApiKeyRequest request) {
    Credentials as = rest.credentials();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", request.name());
    body.put("permissions", values(request.permissions()));
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    return ApiKey.read(
        rest.confidential().send(ApiRequest.post(API_KEYS).body(body), as).object("apiKey"));
  }

  ApiKey update(UpdateApiKeyRequest request) {
    Credentials as = rest.credentials();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", request.id());
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    body.put("name", request.name());
    body.put("status", request.status().value());
    request.permissions().ifPresent(all -> body.put("permissions", values(all)));
    return ApiKey.read(
        rest.send(ApiRequest.put(API_KEYS).body(body).repeatable(), as).object("apiKey"));
  }

  void delete(String id) {
    rest.delete(ApiRequest.delete(API_KEYS).query("id", id));
  }

  private static List<String> values(List<Permission> permissions) {
    return permissions.stream().map(Permission::value).toList();
  }
}
