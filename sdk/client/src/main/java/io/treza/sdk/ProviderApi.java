package io.treza.sdk;

import java.util.List;

/** The routes about providers. */
final class ProviderApi {
  private static final String PROVIDERS = "/api/providers";

  private final Rest rest;

  ProviderApi(Rest rest) {
    this.rest = rest;
  }

  List<Provider> list() {
    return rest.send(ApiRequest.get(PROVIDERS)).list("providers", Provider::read);
  }

  Provider get(String id) {
    return Provider.read(rest.send(ApiRequest.get(PROVIDERS).query("id", id)).object("provider"));
  }
}
